/// Whether a transfer is independent or collective.
public enum TransferMode: Sendable {
  /// Each rank by itself, at any time: the fastest for contiguous datasets.
  case independent
  /// All ranks of the file's communicator together, each with its own block, which may be empty.
  /// Collective.
  case collective
}

extension Dataset {
  /// Writes a row-major block of `count` elements along each dimension, from `start`.
  ///
  /// Returns when the block is with the operating system (serial, independent). Blocks of more than
  /// `FileOptions.largestTransfer` bytes are transferred in several calls. The corresponding HDF5
  /// functions are `H5Sselect_hyperslab` and `H5Dwrite`.
  /// - Precondition: `values` has as many elements as the block.
  /// - Throws: `HDF5Error` when the element type is not the dataset's, the block lies outside its
  ///   shape, or the library fails; in a collective transfer the rank that fails is the rank that
  ///   throws.
  public func write<T: HDF5Scalar>(
    _ values: [T], at start: [Int], count: [Int], _ mode: TransferMode = .independent
  ) throws {
    try values.withUnsafeBytes {
      try writeBytes($0, T.datatype, Block(start: start, count: count), mode)
    }
  }

  /// Writes a row-major block of `count` elements along each dimension, from `start`; otherwise as
  /// for arrays.
  public func write<T: HDF5Scalar>(
    _ values: Span<T>, at start: [Int], count: [Int], _ mode: TransferMode = .independent
  ) throws {
    try values.withUnsafeBytes {
      try writeBytes($0, T.datatype, Block(start: start, count: count), mode)
    }
  }

  /// Writes all elements, row-major. The corresponding HDF5 function is `H5Dwrite`.
  /// - Precondition: `values` has as many elements as the dataset.
  public func write<T: HDF5Scalar>(_ values: [T], _ mode: TransferMode = .independent) throws {
    try write(values, at: [Int](repeating: 0, count: shape.count), count: shape, mode)
  }

  /// Reads a row-major block of `count` elements along each dimension, from `start`.
  ///
  /// The file's numbers are converted when `T` can hold every value of their type (float32 into
  /// `Double`, int32 into `Int64`, enumerations into `UInt8`). The corresponding HDF5 functions are
  /// `H5Sselect_hyperslab` and `H5Dread`.
  /// - Parameter limit: bytes of the result beyond which the read is refused before anything is
  ///   allocated.
  /// - Throws: `HDF5Error` when `T` cannot hold the file's numbers, the block lies outside the
  ///   shape, or the dataset declares more elements than its storage can hold.
  public func read<T: HDF5Scalar>(
    _ type: T.Type = T.self, at start: [Int], count: [Int], limit: Int = Self.defaultLimit,
    _ mode: TransferMode = .independent
  ) throws -> [T] {
    let block = Block(start: start, count: count)
    let refusal = refusalToRead(T.datatype, block, stride: MemoryLayout<T>.stride, limit: limit)
    // Zero-initialised, because HDF5 does not touch the memory of a chunk that was never written if
    // the file has no fill value.
    var values = [T](repeating: 0, count: refusal == nil ? block.elementCount : 0)
    try values.withUnsafeMutableBytes {
      try readBytes(into: $0, T.datatype, block, mode, refusal: refusal)
    }
    return values
  }

  /// Reads a row-major block into memory that the caller owns; overwrites it. Otherwise as
  /// `read(_:at:count:limit:_:)`.
  /// - Precondition: `values` has as many elements as the block.
  public func read<T: HDF5Scalar>(
    into values: inout MutableSpan<T>, at start: [Int], count: [Int],
    _ mode: TransferMode = .independent
  ) throws {
    let block = Block(start: start, count: count)
    let refusal = refusalToRead(T.datatype, block, stride: MemoryLayout<T>.stride, limit: .max)
    try values.withUnsafeMutableBytes {
      try readBytes(into: $0, T.datatype, block, mode, refusal: refusal)
    }
  }

  /// Reads all elements, row-major. The corresponding HDF5 function is `H5Dread`.
  /// - Parameter limit: bytes of the result beyond which the read is refused before anything is
  ///   allocated.
  public func readAll<T: HDF5Scalar>(_ type: T.Type = T.self, limit: Int = Self.defaultLimit) throws
    -> [T]
  {
    try read(type, at: [Int](repeating: 0, count: shape.count), count: shape, limit: limit)
  }

  /// Default limit of the bytes that one read returns: 4 GiB.
  public static var defaultLimit: Int { 1 << 32 }
}
