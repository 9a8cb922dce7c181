/// The boundary between two frames of text, from the `ITEM: TIMESTEP` of the second.
///
/// LAMMPS writes `ITEM: UNITS` and `ITEM: TIME` before `ITEM: TIMESTEP`: they belong to the frame
/// that follows. Blank lines belong to no frame. At most `limit` preceding bytes of the content are
/// used, so that the result does not depend on how the file was divided into shares.
struct FrameBorder: Equatable {
  /// First byte of the next frame's header, and newlines from there to its `ITEM: TIMESTEP`.
  var header: Int
  var headerLines = 0
  /// One past the previous frame's last byte, and newlines from there to the `ITEM: TIMESTEP`.
  var contentEnd: Int
  var contentLines = 0
  /// Whether the previous frame's last line has no newline.
  var isUnterminated = false

  static let limit = 1024

  /// The boundary before offset `start` of `bytes`.
  ///
  /// - Parameters:
  ///   - floor: bytes before it are not available.
  ///   - startsContent: whether the content starts at `floor`.
  init(before start: Int, in bytes: UnsafeRawBufferPointer, floor: Int, startsContent: Bool) {
    header = start
    while let section = Self.section(before: header, in: bytes, floor: floor) { header = section }
    var last = header
    while last > floor, isBlank(bytes[last - 1]) || bytes[last - 1] == 0x0A { last -= 1 }
    contentEnd = header
    if last == floor {
      // Only blank lines: the start of the file, or more than the limit.
      if startsContent { contentEnd = floor }
    } else if let newline = firstIndex(of: 0x0A, in: bytes, from: last, to: header) {
      contentEnd = newline + 1
    } else {
      isUnterminated = true
    }
    headerLines = countNewlines(bytes, from: header, to: start)
    contentLines = countNewlines(bytes, from: contentEnd, to: start)
  }

  /// The boundary at the end of the content, whose last bytes are `tail`, and whether it ends
  /// within another header.
  static func atEnd(tail: [UInt8], startsContent: Bool) -> (border: FrameBorder, cutsHeader: Bool) {
    tail.withUnsafeBytes { bytes in
      var end = bytes.count
      // A last line without a newline that begins the title of a section or its value …
      if let newline = lastIndex(of: 0x0A, in: bytes, from: 0, to: end)
        ?? (startsContent ? -1 : nil), newline + 1 < end
      {
        let line = String(decoding: bytes[(newline + 1)..<end], as: UTF8.self)
        if ["ITEM: TIMESTEP", "ITEM: TIME", "ITEM: UNITS"].contains(where: {
          $0.hasPrefix(plainTitle(line))
        }) {
          end = newline + 1
        } else if let title = title(endingAt: newline, in: bytes, floor: 0) {
          end = title
        }
      }
      // … or a title without a value.
      if end > 0, bytes[end - 1] == 0x0A, let title = title(endingAt: end - 1, in: bytes, floor: 0)
      {
        end = title
      }
      var border = FrameBorder(before: end, in: bytes, floor: 0, startsContent: startsContent)
      let cutsHeader = border.header < bytes.count
      border.contentLines = countNewlines(bytes, from: border.contentEnd, to: bytes.count)
      return (border, cutsHeader)
    }
  }

  /// Start of a TIME or UNITS section of two lines that ends at `end`.
  private static func section(before end: Int, in bytes: UnsafeRawBufferPointer, floor: Int) -> Int?
  {
    guard end - 1 > floor, bytes[end - 1] == 0x0A,
      let newline = lastIndex(of: 0x0A, in: bytes, from: floor, to: end - 1)
    else {
      return nil
    }
    return title(endingAt: newline, in: bytes, floor: floor)
  }

  /// Start of `ITEM: TIME` or `ITEM: UNITS` if these words precede the newline at `newline`.
  private static func title(endingAt newline: Int, in bytes: UnsafeRawBufferPointer, floor: Int)
    -> Int?
  {
    var last = max(newline, floor)
    while last > floor, isBlank(bytes[last - 1]) { last -= 1 }
    if last - 4 >= floor, matches("TIME", in: bytes, at: last - 4) {
      return titleStart(before: last - 4, in: bytes, floor: floor)
    }
    if last - 5 >= floor, matches("UNITS", in: bytes, at: last - 5) {
      return titleStart(before: last - 5, in: bytes, floor: floor)
    }
    return nil
  }
}
