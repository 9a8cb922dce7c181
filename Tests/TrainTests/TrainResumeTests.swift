import Foundation
import ProgramSupport
import TestSupport
import Testing

/// Interrupted trainings.
@Suite(.serialized, .tags(.mpi, .kill)) struct TrainResumeTests {
  /// Several hundred epochs, long enough to be interrupted.
  static let long = [
    "--hidden", "200,100", "--batch", "16", "--max-epochs", "60", "--patience", "60", "--quiet",
  ]

  @Test("stopped after each epoch and resumed: the bytes of one run", arguments: [1, 3])
  func stepwise(ranks: Int) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let options = quick + ["--max-epochs", "5"]
    #expect(
      try train(
        lesson.two, to: folder("whole.safetensors"), ranks: ranks, options + ["--name", "m"]
      ).code == 0)
    var codes: [Int32] = []
    repeat {
      codes.append(
        try train(
          lesson.two, to: folder("m.safetensors"), ranks: ranks,
          options + ["--name", "m", "--resume", "--max-hours", "1e-9"]
        ).code)
    } while codes.last == 75 && codes.count < 9
    #expect(codes == [75, 75, 75, 75, 0])
    #expect(try bytes(of: folder("m.safetensors")) == bytes(of: folder("whole.safetensors")))
    #expect(try folder.names() == ["m.safetensors", "whole.safetensors"])
    // Nothing remains to be done, and the file stays.
    let again = try train(
      lesson.two, to: folder("m.safetensors"), ranks: ranks, options + ["--name", "m", "--resume"])
    #expect(again.code == 0 && again.complaints.isEmpty)
    #expect(try bytes(of: folder("m.safetensors")) == bytes(of: folder("whole.safetensors")))
  }

  @Test("killed in the middle and resumed: the bytes of one run", arguments: [1, 2]) func killed(
    ranks: Int
  ) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let options = Self.long + ["--name", "m"]
    #expect(try train(lesson.two, to: folder("whole.safetensors"), ranks: ranks, options).code == 0)
    // SIGKILL to one rank as soon as there is a checkpoint; mpirun ends the others.
    let script = """
      timeout -k 5 100 mpirun --map-by :OVERSUBSCRIBE -n \(ranks) "$@" & job=$!
      until [ -e "$CHECKPOINT" ]; do sleep 0.02; kill -0 $job || exit 3; done
      launcher=$(cat /proc/$job/task/$job/children)
      ranks=$(cat /proc/${launcher% }/task/${launcher% }/children)
      kill -9 ${ranks%% *} || exit 3
      wait $job
      """
    let outcome = try Program.start(
      [
        "bash", "-c", script, "train", Program.path, "train", lesson.two, "-o",
        folder("m.safetensors"),
      ] + options,
      environment: ["CHECKPOINT": folder("m.safetensors.checkpoint")])
    #expect(outcome.code != 0 && outcome.code != 3, "\(outcome)")
    #expect(
      try folder.names().contains("m.safetensors.checkpoint")
        && !folder.names().contains("m.safetensors"))
    let resumed = try train(
      lesson.two, to: folder("m.safetensors"), ranks: ranks, options + ["--resume"])
    #expect(resumed.code == 0, "\(resumed)")
    #expect(try bytes(of: folder("m.safetensors")) == bytes(of: folder("whole.safetensors")))
    #expect(try !folder.names().contains("m.safetensors.checkpoint"))
  }

  @Test(
    "SIGTERM and SIGUSR1 to one rank stop all after the epoch; resumed, the bytes are the same",
    arguments: [SIGTERM, SIGUSR1])
  func signalled(number: Int32) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let options = Self.long + ["--name", "m"]
    #expect(try train(lesson.two, to: folder("whole.safetensors"), ranks: 3, options).code == 0)
    let program = try RunningProgram(
      ["train", lesson.two, "-o", folder("m.safetensors")] + options, ranks: 3)
    while program.isRunning,
      !FileManager.default.fileExists(atPath: folder("m.safetensors.checkpoint"))
    { usleep(500) }
    let ranks = program.ranks
    if ranks.count == 3 { program.signal(number, rank: ranks[1]) }
    let outcome = try program.wait()
    #expect(outcome.code == 75 && outcome.complaints.isEmpty, "\(outcome)")
    let name = number == SIGTERM ? "SIGTERM" : "SIGUSR1"
    #expect(
      outcome.error.components(separatedBy: "stopped by \(name) after epoch ").count == 2
        && outcome.error.contains("and --resume"),
      "\(outcome)")
    #expect(try folder.names() == ["m.safetensors.checkpoint", "whole.safetensors"])
    #expect(
      try train(lesson.two, to: folder("m.safetensors"), ranks: 3, options + ["--resume"]).code == 0
    )
    #expect(try bytes(of: folder("m.safetensors")) == bytes(of: folder("whole.safetensors")))
    #expect(try folder.names() == ["m.safetensors", "whole.safetensors"])
  }

  @Test("a checkpoint is neither overwritten nor taken for another training's") func refusals()
    throws
  {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let output = folder("m.safetensors"), checkpoint = folder("m.safetensors.checkpoint")
    #expect(
      try train(lesson.two, to: output, ranks: 2, quick + ["--max-hours", "1e-9"]).code == 75)
    let before = try bytes(of: checkpoint)
    let unasked = try train(lesson.two, to: output, ranks: 2)
    #expect(unasked.code == 73 && unasked.complaints.count == 1, "\(unasked)")
    #expect(
      unasked.error.contains(
        "m.safetensors.checkpoint of an interrupted training run exists; --resume continues it"),
      "\(unasked)")
    for (more, ranks, words) in [
      (["--seed", "2"], 2, "seed is 2, was 1"),
      (["--dropout", "0.1"], 2, "dropout is 0.1, was 0.2"),
      (["--blocks", "OO"], 2, "blocks is OO, was all"), ([], 3, "ranks is 3, was 2"),
    ] {
      let refused = try train(lesson.two, to: output, ranks: ranks, quick + ["--resume"] + more)
      #expect(
        refused.code == 73 && refused.complaints.count == 1 && refused.error.contains(words),
        "\(refused)")
    }
    let other = try train(lesson.three, to: output, ranks: 2, quick + ["--resume"])
    #expect(
      other.code == 73 && other.error.contains("dataset is three.h5, was two.h5")
        && other.error.contains("content is "), "\(other)")
    #expect(try bytes(of: checkpoint) == before)
    var damaged = before
    damaged[damaged.count / 2] ^= 1
    try folder.write(damaged, as: "m.safetensors.checkpoint")
    let torn = try train(lesson.two, to: output, ranks: 2, quick + ["--resume"])
    #expect(
      torn.code == 65 && torn.complaints.count == 1 && torn.error.contains("it is damaged"),
      "\(torn)"
    )
    #expect(try train(lesson.two, to: output, ranks: 2, quick + ["--overwrite"]).code == 0)
    #expect(try folder.names() == ["m.safetensors"])
    // A complete model with other options cannot be resumed.
    let finished = try train(lesson.two, to: output, ranks: 2, quick + ["--resume", "--seed", "3"])
    #expect(finished.code == 73 && finished.error.contains("seed is 3, was 1"), "\(finished)")
  }
}
