internal import CHDF5

/// An open dataset; closed at the end of the value's lifetime.
///
/// It keeps its dataspaces open, so that a transfer creates no objects: keep datasets open over
/// many frames.
public struct Dataset: ~Copyable, AttributeHolder, Sendable {
  /// The HDF5 object.
  public let handle: ObjectHandle
  /// Type of the elements.
  public let datatype: Datatype
  /// Whether the elements are contiguous; otherwise they are in chunks.
  public let isContiguous: Bool
  /// Whether chunks are compressed or otherwise filtered.
  public let isFiltered: Bool

  let selection: Selection
  /// The datatype in the file: also the memory type of enumerations.
  let fileType: Int64

  /// Takes ownership of the open dataset `id`.
  init(id: Int64, path: String, context: FileContext) throws {
    handle = ObjectHandle(id: id, path: path, context: context)
    let fileType = ch5_Dget_type(id)
    self.fileType = fileType
    datatype = Datatype(identifier: fileType)
    let creation = ch5_Dget_create_plist(id)
    isContiguous = ch5_Pis_chunked(creation) == 0
    isFiltered = !isContiguous && ch5_Pget_nfilters(creation) > 0
    ch5_Pclose(creation)
    do {
      selection = try Selection(dataset: id, action: "open dataset \(path) of \(context.path)")
    } catch {
      ch5_Tclose(fileType)
      ch5_Dclose(id)
      throw error
    }
  }

  deinit {
    HDF5Library.exclusively {
      ch5_Tclose(fileType)
      _ = ch5_Dclose(handle.id)
    }
  }

  /// The number of elements along each dimension, slowest first; empty for a scalar.
  public var shape: [Int] { selection.shape }

  /// Makes an extendible dataset larger or smaller. Collective. The corresponding HDF5 function is
  /// `H5Dset_extent`.
  public func extend(to shape: [Int]) throws {
    try HDF5Library.exclusively { () throws -> Void in
      let action = "extend dataset \(handle.place()) to \(shape)"
      guard shape.count == selection.shape.count, shape.allSatisfy({ $0 >= 0 }) else {
        throw HDF5Error(action: action, reason: "it has shape \(selection.shape)")
      }
      try HDF5Library.check(ch5_Dset_extent(handle.id, shape.map { UInt64($0) }), action)
      try selection.refresh(dataset: handle.id, action: action)
    }
  }
}

extension Container where Self: ~Copyable {
  /// Opens a dataset. Collective. The corresponding HDF5 function is `H5Dopen2`.
  public func dataset(_ path: String) throws -> Dataset {
    try HDF5Library.exclusively { () throws -> Dataset in
      let id = try HDF5Library.check(
        ch5_Dopen(handle.id, path, ch5_default()), "open dataset \(handle.place(path))")
      return try Dataset(id: id, path: handle.joined(path), context: handle.context)
    }
  }

  /// Creates a dataset and missing intermediate groups. Collective. The corresponding HDF5 function
  /// is `H5Dcreate2`.
  ///
  /// All space is allocated at once (H5D_ALLOC_TIME_EARLY), except in compressed datasets: after
  /// `File.flush` writes change raw data only.
  /// - Parameters:
  ///   - datatype: type of the elements.
  ///   - shape: elements along each dimension, slowest first; empty for a scalar.
  ///   - layout: contiguous or chunked.
  ///   - maximumShape: how far `extend` may go, nil for any length; needs chunks. Without it the
  ///     shape is final.
  ///   - fill: value of unwritten elements.
  /// - Throws: `HDF5Error`, also if compression is requested for a file on a communicator, where a
  ///   killed rank would lose completed blocks.
  @discardableResult
  public func createDataset(
    _ path: String, _ datatype: Datatype, shape: [Int], layout: Layout = .contiguous,
    maximumShape: [Int?]? = nil, fill: Fill = .none
  ) throws -> Dataset {
    try HDF5Library.exclusively { () throws -> Dataset in
      let action = "create dataset \(handle.place(path)), \(datatype) \(shape)"
      try layout.validate(
        shape: shape, maximumShape: maximumShape, isParallel: handle.context.isParallel,
        action: action)
      try makeParents(of: path)
      let space = try makeSpace(shape, maximumShape, action)
      defer { ch5_Sclose(space) }
      let creation = try HDF5Library.check(ch5_Pdataset_create(), action)
      defer { ch5_Pclose(creation) }
      ch5_Pset_no_times(creation)
      try layout.apply(to: creation, action)
      try fill.apply(to: creation, datatype, action)
      let id = try datatype.withFileType { type in
        try HDF5Library.check(
          ch5_Dcreate(
            handle.id, path, type, space, PropertyLists.linkCreation, creation, ch5_default()),
          action)
      }
      return try Dataset(id: id, path: handle.joined(path), context: handle.context)
    }
  }

  private func makeSpace(_ shape: [Int], _ maximumShape: [Int?]?, _ action: String) throws -> Int64
  {
    guard !shape.isEmpty else { return try HDF5Library.check(ch5_Screate_scalar(), action) }
    let maximum = maximumShape.map { $0.map { $0.map { UInt64($0) } ?? ch5_unlimited() } }
    return try HDF5Library.check(
      ch5_Screate_simple(Int32(shape.count), shape.map { UInt64($0) }, maximum), action)
  }
}
