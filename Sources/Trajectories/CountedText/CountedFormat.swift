/// A text format whose frames begin with their number of atoms and have no other mark.
protocol CountedFormat: TrajectoryFormat {
  /// Lines of a frame after its atoms: 1 for a box.
  var linesAfter: Int64 { get }
  /// What stands at the start of a frame, for messages.
  var headLines: String { get }
  /// Where in a frame a step stands, for messages.
  var stepPlace: String { get }

  /// The frame that a number of atoms in a line of its own starts; nil if the lines around it do
  /// not agree.
  ///
  /// - Parameters:
  ///   - count: the line.
  ///   - window: text around it, by position.
  ///   - startsContent: whether the window starts with the content.
  func frame(
    at count: Range<Int>, in window: UnsafeRawBufferPointer, startsContent: Bool
  ) -> CountedFrame?

  /// Whether the last line of the content is whole although it has no newline.
  func isWhole(lastLine: String) -> Bool
}

/// Where a frame that begins with its number of atoms lies in a window of text.
struct CountedFrame {
  /// First byte of the frame and of its atoms.
  var start: Int, body: Int
  /// One past the last byte of the frame before, if that one is whole.
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
