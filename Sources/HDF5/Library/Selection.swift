internal import CHDF5

/// The dataspaces of one open dataset, kept and reused, so that selecting a block and sizing the
/// memory space needs no allocation in HDF5.
///
/// Used inside `HDF5Library.exclusively` only, which is what makes it `Sendable`.
final class Selection: @unchecked Sendable {
  /// HDF5's own limit (H5S_MAX_RANK).
  static let largestRank = 32

  private(set) var shape: [Int]
  private(set) var fileSpace: Int64
  let memorySpace: Int64
  /// Extent of the memory dataspace along each dimension.
  private var memoryShape = [1]
  private let start: UnsafeMutablePointer<UInt64>
  private let count: UnsafeMutablePointer<UInt64>

  init(dataset: Int64, action: String) throws {
    fileSpace = try HDF5Library.check(ch5_Dget_space(dataset), action)
    do {
      shape = try Self.shape(of: fileSpace, action)
    } catch {
      ch5_Sclose(fileSpace)
      throw error
    }
    var one: UInt64 = 1
    memorySpace = ch5_Screate_simple(1, &one, nil)
    start = .allocate(capacity: Self.largestRank)
    count = .allocate(capacity: Self.largestRank)
  }

  deinit {
    HDF5Library.exclusively {
      ch5_Sclose(fileSpace)
      _ = ch5_Sclose(memorySpace)
    }
    start.deallocate()
    count.deallocate()
  }

  /// Reads the shape again after the dataset has been extended.
  func refresh(dataset: Int64, action: String) throws {
    let space = try HDF5Library.check(ch5_Dget_space(dataset), action)
    ch5_Sclose(fileSpace)
    fileSpace = space
    shape = try Self.shape(of: space, action)
  }

  /// Selects the block in the file and as many elements in memory.
  ///
  /// The memory space has the same shape, because between different shapes HDF5 1.10 copies chunks
  /// element by element (155 ns for three numbers instead of 35).
  func select(_ block: Block, action: @autoclosure () -> String) throws {
    for dimension in shape.indices {
      start[dimension] = UInt64(block.start[dimension])
      count[dimension] = UInt64(block.count[dimension])
    }
    if shape.isEmpty { count[0] = 1 }
    let wanted = shape.isEmpty ? [1] : block.count
    if wanted != memoryShape {
      try HDF5Library.check(
        ch5_Sset_shape(memorySpace, Int32(wanted.count), count), action())
      memoryShape = wanted
    }
    if shape.isEmpty {
      // A scalar has no hyperslabs.
      try HDF5Library.check(ch5_Sselect_all(fileSpace), action())
    } else {
      try HDF5Library.check(
        ch5_Sselect_block(fileSpace, start, count), action())
    }
    try HDF5Library.check(ch5_Sselect_all(memorySpace), action())
  }

  /// Selects nothing, for ranks that have no more data in a collective transfer.
  func selectNothing() {
    ch5_Sselect_none(fileSpace)
    ch5_Sselect_none(memorySpace)
  }

  /// The shape of a dataspace; refuses what does not fit into `Int`, as a damaged or hostile file
  /// may declare.
  static func shape(of space: Int64, _ action: String) throws -> [Int] {
    let rank = Int(try HDF5Library.check(ch5_Sget_rank(space), action))
    var sizes = [UInt64](repeating: 0, count: rank)
    try HDF5Library.check(ch5_Sget_shape(space, &sizes), action)
    guard ch5_Sis_null(space) == 0 else { return [0] }
    var product = 1
    return try sizes.map { size in
      guard let size = Int(exactly: size) else {
        throw HDF5Error(action: action, reason: "a dimension of \(size) exceeds the limit")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow else {
        throw HDF5Error(action: action, reason: "a shape of \(sizes) exceeds the limit")
      }
      product = next
      return size
    }
  }
}
