internal import CHDF5

/// How the elements of a dataset are stored in the file.
public enum Layout: Sendable, Equatable {
  /// Contiguous: the fastest layout, and the safest if a writer is killed.
  case contiguous
  /// In chunks of this shape, which can be extended.
  case chunked([Int])
  /// In chunks compressed by deflate at a level from 1 to 9; in files without a communicator only.
  case deflated([Int], level: Int)

  /// The shape of the chunks; nil without chunks.
  public var chunkShape: [Int]? {
    switch self {
    case .contiguous: nil
    case .chunked(let shape), .deflated(let shape, level: _): shape
    }
  }

  func validate(shape: [Int], maximumShape: [Int?]?, isParallel: Bool, action: String) throws {
    func refuse(_ reason: String) -> HDF5Error { HDF5Error(action: action, reason: reason) }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw refuse("a dimension is negative") }
    guard shape.count <= Selection.largestRank else {
      throw refuse("HDF5 has at most \(Selection.largestRank) dimensions")
    }
    if let chunkShape {
      guard chunkShape.count == shape.count, chunkShape.allSatisfy({ $0 > 0 }) else {
        throw refuse("chunks of \(chunkShape) do not fit")
      }
    }
    if let maximumShape {
      guard chunkShape != nil else { throw refuse("only chunked datasets can be extended") }
      guard maximumShape.count == shape.count,
        zip(shape, maximumShape).allSatisfy({ $0 <= $1 ?? .max })
      else {
        throw refuse("its shape exceeds its maximum")
      }
    }
    if case .deflated(_, let level) = self {
      guard !isParallel else { throw refuse("compressed datasets are written by one process only") }
      guard (1...9).contains(level) else { throw refuse("deflate has levels 1 to 9, not \(level)") }
    }
  }

  func apply(to list: Int64, _ action: String) throws {
    if let chunkShape {
      try HDF5Library.check(
        ch5_Pset_chunk(list, Int32(chunkShape.count), chunkShape.map { UInt64($0) }), action)
    } else {
      try HDF5Library.check(ch5_Pset_contiguous(list), action)
    }
    if case .deflated(_, let level) = self {
      try HDF5Library.check(ch5_Pset_deflate(list, UInt32(level)), action)
    } else {
      try HDF5Library.check(ch5_Pset_alloc_early(list), action)
    }
  }
}

/// The value of elements that have not been written.
public enum Fill: Sendable, Equatable {
  /// Nothing is written at creation (H5D_FILL_TIME_NEVER): a new file's unwritten elements read as
  /// zero bytes on POSIX file systems, and creation takes no time.
  case none
  /// Written to every element at creation (H5D_FILL_TIME_ALLOC), converted to the dataset's type.
  case integer(Int64)
  /// Written to every element at creation (H5D_FILL_TIME_ALLOC), converted to the dataset's type.
  case real(Double)

  func apply(to list: Int64, _ datatype: Datatype, _ action: String) throws {
    try HDF5Library.check(ch5_Pset_fill_written(list, self == .none ? 0 : 1), action)
    switch self {
    case .none: break
    case .integer(var value):
      if case .enumeration = datatype {
        // HDF5 has no conversion from integers to enumerations: the fill value is given in the type
        // itself.
        guard let byte = UInt8(exactly: value) else {
          throw HDF5Error(action: action, reason: "the fill value \(value) is not a byte")
        }
        var member = byte
        try datatype.withFileType { type in
          _ = try HDF5Library.check(ch5_Pset_fill_value(list, type, &member), action)
        }
        return
      }
      try HDF5Library.check(ch5_Pset_fill_value(list, ch5_native_int64(), &value), action)
    case .real(var value):
      try HDF5Library.check(ch5_Pset_fill_value(list, ch5_native_double(), &value), action)
    }
  }
}
