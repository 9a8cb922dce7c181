/// A text format whose frames begin with their number of atoms and have no other mark.
protocol CountedFormat: TrajectoryFormat {
  /// Lines of a frame after its atoms: 1 for a box.
  var linesAfter: Int64 { get }
  /// Description of the start of a frame, for messages.
  var headLines: String { get }
  /// Location of the step in a frame, for messages.
  var stepPlace: String { get }

  /// The frame that a line with a number of atoms starts; nil if the surrounding lines are
  /// inconsistent.
  ///
  /// - Parameters:
  ///   - count: the line.
  ///   - window: the surrounding text.
  ///   - startsContent: whether the window starts at the beginning of the content.
  func frame(
    at count: Range<Int>, in window: UnsafeRawBufferPointer, startsContent: Bool
  ) -> CountedFrame?

  /// Whether the last line of the content is complete although it has no newline.
  func isWhole(lastLine: String) -> Bool
}

/// Position of a frame that begins with its number of atoms in a window of text.
struct CountedFrame {
  /// First byte of the frame and of its atoms.
  var start: Int, body: Int
  /// One past the last byte of the previous frame, if it is complete.
  var previousEnd: Int
  /// Lines of the frame before the one with the number.
  var linesBefore: Int64
  var step: Int64?
}

extension CountedFormat {
  var namesAtoms: Bool { true }
  var mayBeCompressed: Bool { true }
  var isScannedInShares: Bool { true }
  /// Text with counted frames is written by programs without restarts.
  var fewestEqualSteps: Int { 2 }
  /// Lines of a frame before its atoms.
  var linesBefore: Int64 { 2 }

  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    let file = try source.plainFile()
    guard source.compression == .none else {
      return try CountedScan.stream(
        source.compression.stream(over: file, recording: true), format: self)
    }
    return try CountedScan.share(share, of: file, format: self)
  }

  func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex
  {
    try FrameIndex(counting: partials, format: self, file: file, path: source.path)
  }
}
