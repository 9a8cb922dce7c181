import HDF5
import MPI

import Glibc

/// What an existing results file already has: the same on all ranks.
struct ResumeSurvey {
  /// Marks of the file's frames: 0 missing, 1 done, 2 skipped.
  var marks: [UInt8] = []
  /// Rows of the datasets in /timings.
  var timingRows = 1
  /// Whether the trajectory has frames that the file has no room for.
  var grows = false
  /// What the user should know.
  var notes: [String] = []

  /// Rows of the whole run, `count` of them, that are neither done nor skipped.
  func missingRows(of count: Int) -> [Int] {
    (0..<count).filter { $0 >= marks.count || marks[$0] == 0 }
  }

  /// Rows that are done.
  var doneRows: [Int] { marks.indices.filter { marks[$0] == 1 } }

  /// Whether the file has everything.
  var isComplete: Bool { !grows && !marks.contains(0) }

  /// Frames that earlier runs skipped.
  var skipped: Int { marks.count { $0 == 2 } }

  /// Looks at the output of a run that is to be resumed: read and compared by rank 0. Nil if there
  /// is none.
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

  /// Whether an output that is to be resumed was begun before results could hold structures.
  /// Collective.
  static func lacksStructures(_ path: String, on world: Communicator) throws -> Bool {
    let lacks = try world.together { () throws -> Bool in
      guard world.isRoot, access(path, F_OK) == 0, File.isHDF5(path) else { return false }
      return try GuardedReads.guarded(reading: path) {
        // What is wrong with the file otherwise, the check finds.
        guard let file = try? File.open(path), file.kind(of: "/verglas") == .group else {
          return false
        }
        return try !file.group("/verglas").hasAttribute("structure")
      }
    }
    return try world.broadcast(Int64(lacks ? 1 : 0)) != 0
  }
}
