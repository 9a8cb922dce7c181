import Foundation
import TestSupport
import Testing

/// Reads that the library cannot end, with a harmless stand-in: a process that sleeps or raises a
/// signal inside the guard.
@Suite(.tags(.fast)) struct GuardedReadsTests {
  @Test(
    "a read that hangs or crashes ends the process with a message and code 65",
    arguments: [
      ("sleep", "read a text"), ("SEGV", "read a text"), ("BUS", "read a text"),
      ("ABRT", "read a text"), ("FPE", "read a text"), ("nested", "read outer.h5"),
    ])
  func ends(kind: String, action: String) throws {
    let start = Date()
    let result = try run("timeout", ["-k", "5", "60", helper(), "guard", kind])
    #expect(result.status == 65 && result.output == "guarded: cannot \(action)\n", "\(result)")
    #expect(Date().timeIntervalSince(start) < 15)
  }

  @Test("after a read that returns or throws the guard is gone", arguments: ["returns", "throws"])
  func restores(kind: String) throws {
    let result = try run("timeout", ["-k", "5", "60", helper(), "guard", kind])
    // The process's own SIGALRM ends it, as without a guard.
    #expect(result.status != 65 && result.status != 1 && result.output == "", "\(result)")
  }
}
