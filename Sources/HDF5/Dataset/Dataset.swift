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
    let fileType = H5Dget_type(id)
    self.fileType = fileType
    datatype = Datatype(identifier: fileType)
    let creation = H5Dget_create_plist(id)
    isContiguous = H5Pget_layout(creation) != H5D_CHUNKED
    isFiltered = !isContiguous && H5Pget_nfilters(creation) > 0
    H5Pclose(creation)
    do {
      selection = try Selection(dataset: id, action: "open dataset \(path) of \(context.path)")
    } catch {
      H5Tclose(fileType)
      H5Dclose(id)
      throw error
    }
  }

  deinit {
    HDF5Library.exclusively {
      H5Tclose(fileType)
      _ = H5Dclose(handle.id)
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
      try HDF5Library.check(H5Dset_extent(handle.id, shape.map { hsize_t($0) }), action)
      try selection.refresh(dataset: handle.id, action: action)
    }
  }
}

extension Container where Self: ~Copyable {
  /// Opens a dataset. Collective. The corresponding HDF5 function is `H5Dopen2`.
  public func dataset(_ path: String) throws -> Dataset {
    try HDF5Library.exclusively { () throws -> Dataset in
      let id = try HDF5Library.check(
        H5Dopen2(handle.id, path, ch5_default()), "open dataset \(handle.place(path))")
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
      defer { H5Sclose(space) }
      let creation = try HDF5Library.check(H5Pcreate(ch5_class_dataset_create()), action)
      defer { H5Pclose(creation) }
      H5Pset_obj_track_times(creation, false)
      try layout.apply(to: creation, action)
      try fill.apply(to: creation, datatype, action)
      let id = try datatype.withFileType { type in
        try HDF5Library.check(
          H5Dcreate2(
            handle.id, path, type, space, PropertyLists.linkCreation, creation, ch5_default()),
          action)
      }
      return try Dataset(id: id, path: handle.joined(path), context: handle.context)
    }
  }

  private func makeSpace(_ shape: [Int], _ maximumShape: [Int?]?, _ action: String) throws -> Int64
  {
    guard !shape.isEmpty else { return try HDF5Library.check(H5Screate(H5S_SCALAR), action) }
    let maximum = maximumShape.map { $0.map { $0.map { hsize_t($0) } ?? ch5_unlimited() } }
    return try HDF5Library.check(
      H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, maximum), action)
  }
}
