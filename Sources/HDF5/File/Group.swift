internal import CHDF5

/// An open group; closed at the end of the value's lifetime.
public struct Group: ~Copyable, Container, Sendable {
  /// The HDF5 object.
  public let handle: ObjectHandle

  deinit {
    HDF5Library.exclusively { _ = H5Gclose(handle.id) }
  }
}

/// The kind of object that a name in a group refers to.
public enum ObjectKind: Sendable, Equatable {
  /// A group.
  case group
  /// A dataset.
  case dataset
  /// A named datatype, which Verglas ignores.
  case datatype
}

extension Container where Self: ~Copyable {
  /// Creates a group and missing intermediate groups. Collective. The corresponding HDF5 function
  /// is `H5Gcreate2`.
  @discardableResult
  public func createGroup(_ path: String) throws -> Group {
    try HDF5Library.exclusively { () throws -> Group in
      try makeParents(of: path)
      let id = H5Gcreate2(
        handle.id, path, PropertyLists.linkCreation, PropertyLists.groupCreation, ch5_default())
      try HDF5Library.check(id, "create group \(handle.place(path))")
      return Group(handle: ObjectHandle(id: id, path: handle.joined(path), context: handle.context))
    }
  }

  /// Opens a group. Collective. The corresponding HDF5 function is `H5Gopen2`.
  public func group(_ path: String) throws -> Group {
    try HDF5Library.exclusively { () throws -> Group in
      let id = try HDF5Library.check(
        H5Gopen2(handle.id, path, ch5_default()), "open group \(handle.place(path))")
      return Group(handle: ObjectHandle(id: id, path: handle.joined(path), context: handle.context))
    }
  }

  /// The kind of object at `path`; nil if it, or an intermediate group, is missing. The
  /// corresponding HDF5 function is `H5Oget_info_by_name1`.
  public func kind(of path: String) -> ObjectKind? {
    HDF5Library.exclusively { () -> ObjectKind? in
      guard exists(path) else { return nil }
      var info = H5O_info_t()
      guard H5Oget_info_by_name1(handle.id, path, &info, ch5_default()) >= 0 else {
        H5Eclear2(ch5_error_stack())
        return nil
      }
      switch info.type {
      case H5O_TYPE_GROUP: return .group
      case H5O_TYPE_DATASET: return .dataset
      case H5O_TYPE_NAMED_DATATYPE: return .datatype
      default: return nil
      }
    }
  }

  /// Whether `path` refers to an object; checked component by component, because HDF5 fails on a
  /// missing intermediate group.
  ///
  /// The corresponding HDF5 functions are `H5Lexists` and `H5Oexists_by_name`.
  public func exists(_ path: String) -> Bool {
    HDF5Library.exclusively {
      var walked = path.hasPrefix("/") ? "" : "."
      for step in path.split(separator: "/") {
        walked += "/\(step)"
        let found =
          H5Lexists(handle.id, walked, ch5_default()) > 0
          && H5Oexists_by_name(handle.id, walked, ch5_default()) > 0
        guard found else {
          H5Eclear2(ch5_error_stack())
          return false
        }
      }
      return true
    }
  }

  /// The names of the container's members, in the order of their bytes. The corresponding HDF5
  /// function is `H5Lget_name_by_idx`.
  public func children() throws -> [String] {
    try HDF5Library.exclusively { () throws -> [String] in
      let action = "list group \(handle.place())"
      var info = H5G_info_t()
      try HDF5Library.check(H5Gget_info(handle.id, &info), action)
      var names: [String] = []
      for index in 0..<info.nlinks {
        let name = try withUnsafeTemporaryAllocation(of: CChar.self, capacity: longestName) {
          buffer in
          let length = H5Lget_name_by_idx(
            handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, buffer.baseAddress, buffer.count,
            ch5_default())
          guard try HDF5Library.check(length, action) < buffer.count else {
            throw HDF5Error(
              action: action,
              reason: "a member's name has \(length) bytes; at most \(longestName - 1) are read")
          }
          return String(cString: buffer.baseAddress!)
        }
        names.append(name)
      }
      return names
    }
  }

  /// Gives the object at `target` the additional name `path` with a hard link, as H5MD uses for
  /// `step` and `time`. Collective.
  ///
  /// The corresponding HDF5 function is `H5Lcreate_hard`.
  public func link(from path: String, to target: String) throws {
    try HDF5Library.exclusively { () throws -> Void in
      try makeParents(of: path)
      try HDF5Library.check(
        H5Lcreate_hard(
          handle.id, target, handle.id, path, PropertyLists.linkCreation, ch5_default()),
        "link \(handle.place(path)) to \(handle.joined(target))")
    }
  }

  /// Removes the name `path`; the object is removed with its last name, but its space stays in the
  /// file. Collective.
  ///
  /// The corresponding HDF5 function is `H5Ldelete`.
  public func remove(_ path: String) throws {
    try HDF5Library.exclusively { () throws -> Void in
      try HDF5Library.check(
        H5Ldelete(handle.id, path, ch5_default()), "remove \(handle.place(path))")
    }
  }
}

extension Container where Self: ~Copyable {
  /// Creates the missing intermediate groups of `path`, without modification times.
  func makeParents(of path: String) throws {
    var walked = path.hasPrefix("/") ? "/" : ""
    for step in path.split(separator: "/").dropLast() {
      walked += walked.isEmpty || walked == "/" ? "\(step)" : "/\(step)"
      guard !exists(walked) else { continue }
      let id = H5Gcreate2(
        handle.id, walked, PropertyLists.linkCreation, PropertyLists.groupCreation, ch5_default())
      try HDF5Library.check(id, "create group \(handle.place(walked))")
      H5Gclose(id)
    }
  }
}

/// Maximum length of a member's name in bytes, including the final zero.
private let longestName = 4096
