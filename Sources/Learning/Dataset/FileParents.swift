/// The parents of files: the samples, such as glasses, from which trajectories were started.
///
/// The parent of a file is its path up to the first hyphen of its name: `a/lda2-77K.lammpstrj` and
/// `a/lda2-120K.lammpstrj` have the parent `a/lda2`. A name without a hyphen is a parent of its
/// own, without its suffix.
enum FileParents {
  /// The parent of a file.
  static func parent(of path: String) -> String {
    let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let name = path[start...]
    let end = name.firstIndex(of: "-") ?? name.firstIndex(of: ".") ?? name.endIndex
    return end == start ? path : String(path[..<end])
  }

  /// Different parents in the order of their first files, and the parent of each file.
  static func parents(of paths: [String]) -> (names: [String], indices: [Int]) {
    var names: [String] = []
    let indices = paths.map { path in
      let name = parent(of: path)
      if let known = names.firstIndex(of: name) { return known }
      names.append(name)
      return names.count - 1
    }
    return (names, indices)
  }
}
