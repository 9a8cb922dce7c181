internal import CHDF5

/// An open group; closed at the end of the value's lifetime.
public struct Group: ~Copyable, Container, Sendable {
  /// The HDF5 object.
  public let handle: ObjectHandle

  deinit {
    HDF5Library.exclusively { _ = ch5_Gclose(handle.id) }
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
      let id = ch5_Gcreate(
        handle.id, path, PropertyLists.linkCreation, PropertyLists.groupCreation, ch5_default())
      try HDF5Library.check(id, "create group \(handle.place(path))")
      return Group(handle: ObjectHandle(id: id, path: handle.joined(path), context: handle.context))
    }
  }

  /// Opens a group. Collective. The corresponding HDF5 function is `H5Gopen2`.
  public func group(_ path: String) throws -> Group {
    try HDF5Library.exclusively { () throws -> Group in
      let id = try HDF5Library.check(
        ch5_Gopen(handle.id, path, ch5_default()), "open group \(handle.place(path))")
      return Group(handle: ObjectHandle(id: id, path: handle.joined(path), context: handle.context))
    }
  }

  /// The kind of object at `path`; nil if it, or an intermediate group, is missing. The
  /// corresponding HDF5 function is `H5Oget_info_by_name`.
  public func kind(of path: String) -> ObjectKind? {
    HDF5Library.exclusively { () -> ObjectKind? in
      guard exists(path) else { return nil }
      var kind: Int32 = 0
      guard ch5_Okind(handle.id, path, &kind) >= 0 else {
        ch5_clear_errors()
        return nil
      }
      switch Int(kind) {
      case CH5_GROUP: return .group
      case CH5_DATASET: return .dataset
      case CH5_DATATYPE: return .datatype
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
          ch5_Lexists(handle.id, walked, ch5_default()) > 0
          && ch5_Oexists(handle.id, walked, ch5_default()) > 0
        guard found else {
          ch5_clear_errors()
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
      var count: UInt64 = 0
      try HDF5Library.check(ch5_Gcount_links(handle.id, &count), action)
      var names: [String] = []
      for index in 0..<count {
        let name = try withUnsafeTemporaryAllocation(of: CChar.self, capacity: longestName) {
          buffer in
          let length = ch5_Lget_name(handle.id, index, buffer.baseAddress, buffer.count)
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
        ch5_Lcreate_hard(
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
        ch5_Ldelete(handle.id, path, ch5_default()), "remove \(handle.place(path))")
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
      let id = ch5_Gcreate(
        handle.id, walked, PropertyLists.linkCreation, PropertyLists.groupCreation, ch5_default())
      try HDF5Library.check(id, "create group \(handle.place(walked))")
      ch5_Gclose(id)
    }
  }
}

/// Maximum length of a member's name in bytes, including the final zero.
private let longestName = 4096
