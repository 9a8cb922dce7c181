/// The packed images of a list's entries (`NeighborList.packed`), of which few are shifted: one bit
/// for each entry, and a word for each shifted one.
///
/// Ten million centres of water have 45 million neighbours, but only those across a face of the
/// cell are in another image.
public struct ImageShifts: RandomAccessCollection, Equatable, Sendable {
  /// Bit k % 64 of word k / 64: whether entry k is shifted. One word more than the entries need.
  @usableFromInline private(set) var marks: [UInt64] = [0]
  /// Number of shifted entries before those of each word.
  @usableFromInline private(set) var before: [UInt32] = []
  /// Images of the shifted entries.
  @usableFromInline private(set) var shifted: [Int32] = []
  /// Number of entries.
  public private(set) var count = 0

  /// No entries.
  public init() {}

  /// The images of all entries.
  public init(_ images: some Collection<Int32>) {
    reserveCapacity(images.count)
    for image in images { append(image) }
  }

  /// Makes room for so many entries in all.
  public mutating func reserveCapacity(_ count: Int) {
    marks.reserveCapacity(count / 64 + 2)
    before.reserveCapacity(count / 64 + 1)
  }

  /// Adds an entry.
  @inline(__always)
  public mutating func append(_ image: Int32) {
    if count & 63 == 0 {
      marks.append(0)
      before.append(UInt32(truncatingIfNeeded: shifted.count))
    }
    if image != NeighborList.unshifted {
      marks[count >> 6] |= 1 << UInt64(count & 63)
      shifted.append(image)
    }
    count += 1
  }

  /// The first entry.
  public var startIndex: Int { 0 }
  /// One past the last entry.
  public var endIndex: Int { count }

  /// Whether an entry is shifted.
  @inlinable @inline(__always)
  public func isShifted(_ entry: Int) -> Bool { marks[entry >> 6] >> UInt64(entry & 63) & 1 != 0 }

  /// Whether one of the eight entries from `first` on is shifted.
  @inlinable @inline(__always)
  public func isAnyShifted(ofEightFrom first: Int) -> Bool {
    let word = first >> 6, shift = UInt64(first & 63)
    // Shifts by 64 give zero.
    return (marks[word] >> shift | marks[word + 1] << (64 - shift)) & 0xFF != 0
  }

  /// The packed image of an entry.
  @inlinable @inline(__always)
  public subscript(entry: Int) -> Int32 {
    let word = marks[entry >> 6], bit = UInt64(1) << UInt64(entry & 63)
    guard word & bit != 0 else { return NeighborList.unshifted }
    return shifted[Int(before[entry >> 6]) + (word & (bit - 1)).nonzeroBitCount]
  }
}
