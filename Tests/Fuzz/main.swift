// verglas-fuzz TARGET SECONDS SEED FOLDER: reads damaged files with a reader, and processes them,
// in this process. FOLDER/mutant is the last one. verglas-fuzz TARGET FILE reads one file.
//
// Each must be read, or refused with one of our errors other than an internal error (code 70). A
// crash ends the process with a signal, a reader that hangs for 20 s by SIGALRM, a read that the
// HDF5 library cannot end with code 65; memory is bounded by RLIMIT_AS (1 GiB above the start: a
// reader that allocates a hostile length crashes) and by the peak of resident memory, which may
// grow by 200 MB. Inputs that failed in the past are kept in Tests/Fuzz/Kept/TARGET and read first.
import Foundation
import HDF5
import JobControl
import ProgramSupport
import Trajectories

let arguments = CommandLine.arguments
let isReplay = arguments.count == 3
guard isReplay || arguments.count == 5, let target = Target(rawValue: arguments[1]),
  let seconds = isReplay ? 0 : Double(arguments[2]), let seed = isReplay ? 0 : UInt64(arguments[3])
else {
  print(
    "usage: verglas-fuzz \(Target.allCases.map(\.rawValue).joined(separator: "|")) SECONDS SEED "
      + "FOLDER, or TARGET FILE"
  )
  exit(64)
}
// The output of the program is not checked; warnings for thousands of files would fill a disk.
let report = dup(STDOUT_FILENO)
@MainActor func say(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  bytes.withUnsafeBytes { _ = write(report, $0.baseAddress, $0.count) }
}
dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO)

let folder = isReplay ? try Folder().path : arguments[4]
// Signals may be blocked by the test process that starts this one.
var awaited = sigset_t()
sigemptyset(&awaited)
sigaddset(&awaited, SIGALRM)
sigprocmask(SIG_UNBLOCK, &awaited, nil)
// A read that makes the library hang or crash ends this process, as it does the program; the tests
// start it again with another seed.
GuardedReads.patience = 1
GuardedReads.sentence = { "guarded: \($0)" }
GuardedReads.exitCode = ExitCode.badData.rawValue
let corpus = try Corpus(in: folder)
let prepared = try target.prepare(corpus)
let (seeds, read) = (prepared.seeds, prepared.read)
let path = folder + "/mutant"
var mutator = Mutator(seed: seed, words: target.words)

func megabytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss / 1024
}

let isSanitized = ProcessInfo.processInfo.environment["VERGLAS_SANITIZED"] != nil
if !isSanitized {
  // The address sanitizer reserves terabytes.
  let pages = Int(
    (try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)).split(separator: " ")[0])!
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(9), &limit)  // RLIMIT_AS
  limit.rlim_cur = rlim_t(pages * 4096 + 1 << 30)
  setrlimit(__rlimit_resource_t(9), &limit)
}
// A valid file of each kind must be read.
for good in seeds {
  try Data(good).write(to: URL(fileURLWithPath: path))
  try read(path)
}
let peak = megabytes()
let allowed = isSanitized ? 800 : 200
var count = 0, refused = 0

/// Reads one file, which must be read or refused.
@MainActor func feed(_ bytes: [UInt8], _ name: @autoclosure () -> String) throws {
  count += 1
  // A new file each time: file systems flush a file that was truncated and rewritten to disk at
  // once.
  unlink(path)
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  alarm(20)
  do {
    try read(path)
    if isReplay { say("\(target.rawValue): read") }
  } catch {
    refused += 1
    let failure = RunError(error)
    if isReplay { say("\(target.rawValue): code \(failure.code.rawValue): \(failure)") }
    guard failure.code != .bug, !failure.description.isEmpty else {
      say("\(name()): \(failure.code) \(failure)")
      exit(1)
    }
  }
  alarm(0)
  guard megabytes() - peak < allowed else {
    say("\(name()): resident memory rose by \(megabytes() - peak) MB")
    exit(1)
  }
}

if isReplay {
  try feed([UInt8](try Data(contentsOf: URL(fileURLWithPath: arguments[2]))), arguments[2])
  exit(0)
}
let kept = "\(Checkout.root)/Tests/Fuzz/Kept/\(target.rawValue)"
for name in (try? FileManager.default.contentsOfDirectory(atPath: kept))?.sorted() ?? [] {
  try feed([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(kept)/\(name)"))), name)
}
let end = Date().addingTimeInterval(seconds)
while Date() < end {
  let mutant = prepared.damage(&mutator, seeds[mutator.generator.integer(below: seeds.count)])
  try feed(mutant, "input \(count) of seed \(seed)")
}
say(
  "\(target.rawValue): \(count) inputs, \(refused) refused, resident memory rose by "
    + "\(megabytes() - peak) MB"
)
