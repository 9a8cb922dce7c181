// verglas-fuzz TARGET SECONDS SEED FOLDER: feeds damaged files to a reader in this process. FOLDER/mutant is the last one.
//
// Each must be read or refused with one of our errors, which is no bug of ours (code 70). A crash ends the process with a signal, a reader that
// hangs for 20 s by SIGALRM, a read of a damaged HDF5 heap with code 65; memory is bounded by RLIMIT_AS (1 GiB above the start: a reader that believes a hostile length crashes) and
// by the peak of resident memory, which may rise by 200 MB.
import Foundation
import HDF5
import NeuralNetwork
import Trajectories

@testable import Pipeline

let arguments = CommandLine.arguments
guard arguments.count == 5, let target = Target(rawValue: arguments[1]), let seconds = Double(arguments[2]), let seed = UInt64(arguments[3])
else {
  print("usage: verglas-fuzz \(Target.allCases.map(\.rawValue).joined(separator: "|")) SECONDS SEED FOLDER")
  exit(64)
}
let folder = arguments[4]
// A read that the library cannot end or survive ends this process, as it does the program: the tests start it again with another seed.
GuardedReads.patience = 1
GuardedReads.sentence = { "guarded: \($0)" }
GuardedReads.exitCode = ExitCode.badData.rawValue
let corpus = try Corpus(in: folder)
let (seeds, read) = try target.prepare(corpus)
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
  let pages = Int((try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)).split(separator: " ")[0])!
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(9), &limit)  // RLIMIT_AS
  limit.rlim_cur = rlim_t(pages * 4096 + 1 << 30)
  setrlimit(__rlimit_resource_t(9), &limit)
}
let peak = megabytes()
let allowed = isSanitized ? 800 : 200
// A good file of each kind is read.
for good in seeds {
  try Data(good).write(to: URL(fileURLWithPath: path))
  try read(path)
}
var count = 0, refused = 0
let end = Date().addingTimeInterval(seconds)
while Date() < end {
  for _ in 0..<20 {
    count += 1
    let mutant = mutator.mutate(seeds[mutator.generator.integer(below: seeds.count)])
    // A new file each time: file systems bring one that was emptied and written again to the disk at once.
    unlink(path)
    try Data(mutant).write(to: URL(fileURLWithPath: path))
    alarm(20)
    do {
      try read(path)
    } catch {
      refused += 1
      let failure = RunError(error)
      guard failure.code != .bug, !failure.description.isEmpty else {
        print("input \(count) of seed \(seed): \(failure.code) \(failure)")
        exit(1)
      }
    }
    alarm(0)
  }
  guard megabytes() - peak < allowed else {
    print("input \(count) of seed \(seed): resident memory rose by \(megabytes() - peak) MB")
    exit(1)
  }
}
print("\(target.rawValue): \(count) inputs, \(refused) refused, resident memory rose by \(megabytes() - peak) MB")
