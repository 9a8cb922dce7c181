internal import CHDF5
import Glibc

// The transfers on raw memory. All of one transfer happens under one lock: the selection belongs to
// the dataset.

extension Dataset {
  func writeBytes(
    _ bytes: UnsafeRawBufferPointer, _ source: Datatype, _ block: Block, _ mode: TransferMode
  ) throws {
    try HDF5Library.exclusively { () throws -> Void in
      let width = ch5_Tget_size(fileType)
      var refusal = block.misfit(in: shape)
      if !datatype.takes(source) { refusal = "expected \(datatype) values, found \(source)" }
      precondition(
        refusal != nil || bytes.count == block.elementCount * width,
        "a block of \(block.count) must have as many elements as the values")
      try transfer(
        block, width: width, mode, refusal: refusal, action: "write dataset \(handle.place())"
      ) { offset, transferList in
        ch5_Dwrite(
          handle.id, memoryType(source), selection.memorySpace, selection.fileSpace, transferList,
          bytes.baseAddress.map { $0 + offset })
      }
    }
  }

  /// Writes one element of a one-dimensional dataset of fixed-length text.
  func writeTextBytes(_ bytes: [UInt8], at row: Int) throws {
    try HDF5Library.exclusively { () throws -> Void in
      let block = Block(start: [row], count: [1])
      try transfer(
        block, width: bytes.count, .independent, refusal: block.misfit(in: shape),
        action: "write dataset \(handle.place())"
      ) { _, transferList in
        ch5_Dwrite(
          handle.id, fileType, selection.memorySpace, selection.fileSpace, transferList, bytes)
      }
    }
  }

  func readBytes(
    into bytes: UnsafeMutableRawBufferPointer, _ target: Datatype, _ block: Block,
    _ mode: TransferMode, refusal: HDF5Error?
  )
    throws
  {
    try HDF5Library.exclusively { () throws -> Void in
      let type = memoryType(target)
      let width = ch5_Tget_size(type)
      precondition(
        refusal != nil || bytes.count == block.elementCount * width,
        "a block of \(block.count) must have as many elements as the buffer")
      try transfer(
        block, width: width, mode, refusal: refusal?.reason,
        action: "read dataset \(handle.place())"
      ) { offset, transferList in
        ch5_Dread(
          handle.id, type, selection.memorySpace, selection.fileSpace, transferList,
          bytes.baseAddress.map { $0 + offset })
      }
    }
  }

  /// Reads a block of an enumeration of any integers as names; a value without a name is empty.
  ///
  /// The corresponding HDF5 functions are `H5Tget_native_type`, `H5Tget_member_name` and
  /// `H5Tget_member_value`.
  /// - Throws: `HDF5Error` when the dataset holds something else, the block lies outside its shape,
  ///   or the library fails.
  public func readNames(at start: [Int], count: [Int], limit: Int = 1 << 26) throws -> [String] {
    try HDF5Library.exclusively { () throws -> [String] in
      let action = "read dataset \(handle.place())"
      let block = Block(start: start, count: count)
      guard Int(ch5_Tget_class(fileType)) == CH5_ENUM else {
        throw HDF5Error(action: action, reason: "it holds \(datatype), expected an enumeration")
      }
      let type = try HDF5Library.check(ch5_Tget_native_type(fileType), action)
      defer { ch5_Tclose(type) }
      let width = ch5_Tget_size(type)
      if let refusal = refusalOfSize(block, stride: width, limit: limit) { throw refusal }
      // Values are compared as bytes: their integer type does not matter.
      var names: [[UInt8]: String] = [:]
      for member in 0..<UInt32(try HDF5Library.check(ch5_Tget_nmembers(type), action)) {
        guard let name = ch5_Tget_member_name(type, member) else {
          throw HDF5Error(action: action, reason: "member \(member) has no name")
        }
        defer { ch5_free(name) }
        var value = [UInt8](repeating: 0, count: width)
        try HDF5Library.check(ch5_Tget_member_value(type, member, &value), action)
        names[value] = String(cString: name)
      }
      var bytes = [UInt8](repeating: 0, count: block.elementCount * width)
      try bytes.withUnsafeMutableBytes { bytes in
        try transfer(
          block, width: width, .independent, refusal: block.misfit(in: shape), action: action
        ) { offset, transferList in
          ch5_Dread(
            handle.id, type, selection.memorySpace, selection.fileSpace, transferList,
            bytes.baseAddress.map { $0 + offset })
        }
      }
      return (0..<block.elementCount).map {
        names[Array(bytes[$0 * width..<($0 + 1) * width])] ?? ""
      }
    }
  }

  /// Nil if every value of the block can be converted to `target` and the memory for it is in
  /// proportion to what the file holds; otherwise the error, to be thrown by the transfer, because
  /// a refused rank still takes part in a collective one.
  func refusalToRead(_ target: Datatype, _ block: Block, stride: Int, limit: Int) -> HDF5Error? {
    HDF5Library.exclusively { () -> HDF5Error? in
      func refuse(_ reason: String) -> HDF5Error {
        HDF5Error(action: "read dataset \(handle.place())", reason: reason)
      }
      guard datatype.fits(into: target) else {
        return refuse("it holds \(datatype), expected \(target)")
      }
      if let misfit = block.misfit(in: shape) { return refuse(misfit) }
      return refusalOfSize(block, stride: stride, limit: limit)
    }
  }

  /// The error when the block would take more than `limit` bytes, or far more than the dataset's
  /// storage can represent.
  ///
  /// Deflate compresses at most 1032-fold; other storage holds its elements in full, or nothing if
  /// none was written (fill values), for which up to 64 MiB are allowed.
  func refusalOfSize(_ block: Block, stride: Int, limit: Int) -> HDF5Error? {
    let (bytes, overflow) = block.elementCount.multipliedReportingOverflow(by: stride)
    guard !overflow, bytes <= limit else {
      return HDF5Error(
        action: "read dataset \(handle.place())",
        reason: "\(block.count) elements take more than \(limit) bytes")
    }
    guard bytes > 1 << 26 else { return nil }
    let stored = ch5_Dget_storage_size(handle.id)
    let elements = stored / UInt64(max(1, ch5_Tget_size(fileType)))
    let (possible, unbounded) = elements.multipliedReportingOverflow(by: isFiltered ? 1032 : 1)
    guard unbounded || UInt64(block.elementCount) <= possible else {
      return HDF5Error(
        action: "read dataset \(handle.place())",
        reason: "\(block.count) elements are requested, but only \(stored) bytes are stored")
    }
    return nil
  }

  /// Numbers have the library's native types; enumerations have no conversion from integers, so
  /// their bytes go as they are.
  private func memoryType(_ source: Datatype) -> Int64 {
    if case .enumeration = datatype { return fileType }
    return source.memoryType
  }

  /// The error with the system's reason, where the library does not report it: Open MPI's file
  /// driver says only that a write failed.
  ///
  /// Asks the file system to reserve the space of the block, which changes no data and fails for
  /// the same reason (full disk, quota).
  private func explained(_ error: any Error, _ block: Block?) -> any Error {
    guard let error = error as? HDF5Error, error.errorNumber == nil, let block, isContiguous,
      handle.context.isWritable,
      handle.context.communicator != nil
    else { return error }
    let base = ch5_Dget_offset(handle.id)
    guard base >= 0, !shape.isEmpty, block.elementCount > 0 else { return error }
    let width = ch5_Tget_size(fileType)
    let last = zip(block.start, block.count).map { $0 + $1 - 1 }
    let first = Block.offset(of: block.start, in: shape) * width
    let length = (Block.offset(of: last, in: shape) + 1) * width - first
    // A file that was opened under a hidden name may have been renamed since.
    let hidden = Glibc.open(handle.context.storagePath, O_RDWR)
    let descriptor = hidden >= 0 ? hidden : Glibc.open(handle.context.path, O_RDWR)
    guard descriptor >= 0 else { return error }
    defer { Glibc.close(descriptor) }
    guard ch5_reserve(descriptor, Int(base) + first, length) != 0, errno != EOPNOTSUPP else {
      return error
    }
    let system = HDF5Error.system(error.action)
    return HDF5Error(
      action: error.action, reason: "\(system.reason); \(error.reason)",
      errorNumber: system.errorNumber)
  }

  /// Selects and moves the block, in pieces of at most `largestTransfer` bytes, each at its byte
  /// offset in memory.
  ///
  /// In a collective transfer all ranks make as many calls as the one with the most pieces, the
  /// last ones with an empty selection; a rank whose call failed, or whose block is refused, still
  /// makes them, so that no rank waits for it.
  private func transfer(
    _ block: Block, width: Int, _ mode: TransferMode, refusal: String?,
    action: @autoclosure () -> String,
    _ move: (Int, Int64) -> Int32
  ) throws {
    let limit = max(1, handle.context.largestTransfer / max(1, width))
    let isCollective = mode == .collective && handle.context.communicator != nil
    var failure: (any Error)? = refusal.map { HDF5Error(action: action(), reason: $0) }
    if let failure, !isCollective { throw failure }
    let elements = failure == nil ? block.elementCount : 0
    if !isCollective && elements <= limit {
      guard elements > 0 else { return }
      try selection.select(block, action: action())
      do { try HDF5Library.check(move(0, ch5_default()), action()) } catch {
        throw explained(error, block)
      }
      return
    }
    let pieces = elements == 0 ? [] : block.pieces(limit: limit)
    let calls =
      isCollective
      ? try handle.context.communicator!.allReduce(max(1, pieces.count), .maximum) : pieces.count
    var offset = 0
    for call in 0..<calls {
      do {
        if call < pieces.count {
          try selection.select(pieces[call], action: action())
        } else {
          selection.selectNothing()
        }
        try HDF5Library.check(
          move(offset, isCollective ? PropertyLists.collectiveTransfer : ch5_default()), action())
      } catch {
        failure = failure ?? explained(error, call < pieces.count ? pieces[call] : nil)
        if !isCollective { break }
      }
      if call < pieces.count { offset += pieces[call].elementCount * width }
    }
    if let failure { throw failure }
  }
}
