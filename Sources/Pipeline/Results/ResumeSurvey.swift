import HDF5
import JobControl
import MPI
import NeuralNetwork

import Glibc

/// The state of an existing results file, the same on all ranks.
struct ResumeSurvey {
  /// Marks of the file's frames: 0 missing, 1 complete, 2 skipped.
  var marks: [UInt8] = []
  /// Rows of the datasets in /timings.
  var timingRows = 1
  /// Whether the trajectory has more frames than the file.
  var grows = false
  /// Notes for the user.
  var notes: [String] = []

  /// Rows of the whole run, `count` of them, that are neither complete nor skipped.
  func missingRows(of count: Int) -> [Int] {
    (0..<count).filter { $0 >= marks.count || marks[$0] == 0 }
  }

  /// Rows that are complete.
  var doneRows: [Int] { marks.indices.filter { marks[$0] == 1 } }

  /// Whether the file is complete.
  var isComplete: Bool { !grows && !marks.contains(0) }

  /// Frames that earlier runs skipped.
  var skipped: Int { marks.count { $0 == 2 } }

  /// Reads the output of a run that is to be resumed, and compares it on rank 0. Nil if there is
  /// none.
  ///
  /// - Throws: the same `RunError` on all ranks, which says what differs.
  static func look(_ plan: AnalysisPlan, on world: Communicator) throws -> ResumeSurvey? {
    let found = try world.together { () throws -> ResumeSurvey? in
      guard world.isRoot, access(plan.options.output, F_OK) == 0 else { return nil }
      var check = ResumeCheck(plan)
      return try GuardedReads.guarded(reading: plan.options.output) { try check.run() }
    }
    let head = try world.broadcast(found.map { [Int64($0.timingRows), $0.grows ? 1 : 0] } ?? [])
    guard head.count == 2 else { return nil }
    var survey = ResumeSurvey()
    survey.timingRows = Int(head[0])
    survey.grows = head[1] == 1
    survey.marks = try world.broadcast(found?.marks ?? [])
    survey.notes = found?.notes ?? []
    return survey
  }

  /// What an output that is to be resumed holds of the features that older programs did not have;
  /// nil if there is no results file. Collective.
  static func begun(_ plan: AnalysisPlan, on world: Communicator) throws -> BegunResults? {
    let path = plan.options.output
    let candidates = plan.observables.pathsThatMayBeAbsent
    let words = try world.together { () throws -> [String] in
      guard world.isRoot, access(path, F_OK) == 0, File.isHDF5(path) else { return [] }
      return try GuardedReads.guarded(reading: path) {
        // What is wrong with the file otherwise, the check finds.
        guard let file = try? File.open(path), file.kind(of: "/verglas") == .group else {
          return []
        }
        let group = try file.group("/verglas")
        return [
          group.hasAttribute("structure") ? "yes" : "no",
          group.hasAttribute("no_guard") ? "yes" : "no",
          // Files that were begun before there was a choice.
          group.hasAttribute("network") ? try group.textAttribute("network") : "fp32",
        ] + candidates.filter { !$0.paths.contains { file.exists($0) } }.map(\.kind)
      }
    }
    let all = try world.broadcast(words.joined(separator: "\n")).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard all.count >= 3 else { return nil }
    return BegunResults(
      hasStructures: all[0] == "yes", hasGuards: all[1] == "yes",
      network: NetworkArithmetic(rawValue: String(all[2])),
      absentKinds: all.dropFirst(3).map(String.init))
  }
}

/// Features that results begun by an older program may not have.
struct BegunResults {
  /// Whether they could hold structures by CHILL+, guards and familiarity.
  let hasStructures: Bool, hasGuards: Bool
  /// The network's arithmetic; nil if this program does not know it.
  let network: NetworkArithmetic?
  /// Kinds of observables that may be absent and are.
  let absentKinds: [String]
}
