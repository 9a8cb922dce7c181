import HDF5
import JobControl

extension StoredResults {
  /// Refuses an output that is one of the files from which these results were made.
  ///
  /// They are recorded with the given path; the check also works for a results file that was moved
  /// together with them.
  func refuseInput(asOutput path: String) throws {
    let group = try file.group("/verglas")
    var inputs: [String] = []
    for name in ["input_path", "topology_path", "model_path", "thermo"]
    where group.hasAttribute(name) {
      inputs += try group.textAttributes(name).filter { !$0.isEmpty }
    }
    let folder =
      outline.path.contains("/") ? String(outline.path[...outline.path.lastIndex(of: "/")!]) : ""
    try refuse(path, among: inputs + inputs.filter { !$0.hasPrefix("/") }.map { folder + $0 })
  }
}
