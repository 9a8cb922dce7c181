/// Files whose steps do not distinguish their frames.
///
/// Frames are identified by step. Not every program writes steps: XTC and TRR files made by
/// analysis programs often have step 0 in every frame although times increase, and some have no
/// steps. The frames of such a file are numbered 0, 1, … and all of them are kept:
/// - if it has no steps;
/// - if its times increase from frame to frame while its steps do not (steps that restart at 0
///   while the times continue, as written by `trjcat`);
/// - if all frames have the same step, but not the same time;
/// - if they are 0, 1, 2, …, and the time from one to the next is longer than any step of MD
///   (`longestStep`), as MDTraj writes whatever the steps were: then the numbers stay as they are;
/// - if all have the same step, and there are three or more of them (`fewest`). Two frames with the
///   same step may be a truncated one and its copy written by a restart.
extension FrameIndex {
  /// Numbers the frames if the steps of the file do not distinguish them.
  ///
  /// - Parameter fewest: number of frames with the same step from which on steps are considered
  ///   unusable.
  mutating func judgeSteps(path: String, fewest: Int) {
    let known = frames.filter { $0.header == .complete && $0.hasStep }
    guard known.count > 1, !known.contains(where: \.isNumbered), let first = known.first else {
      return
    }
    let isConstant = known.allSatisfy { $0.step == first.step }
    let times = known.compactMap(\.time)
    let isTimed = times.count == known.count
    if isTimed,
      isConstant
        ? times.contains(where: { $0 != times[0] })
        : Self.rise(times) && !Self.rise(known.map(\.step))
    {
      let fall = zip(known, known.dropFirst()).first { $0.step >= $1.step }
      let (before, after) = fall.map { ($0, $1) } ?? (first, known[1])
      let steps =
        isConstant
        ? "every frame has step \(first.step)" : "step \(after.step) follows \(before.step)"
      return number(
        path: path,
        because: "\(steps), while times go from \(times[0]) to \(times[times.count - 1]) ps")
    }
    if isTimed, Self.rise(times), known.allSatisfy({ $0.step == Int64($0.ordinal) }),
      let last = known.last, let from = first.time, let to = last.time,
      to - from > Self.longestStep * Double(last.step - first.step)
    {
      for position in frames.indices where frames[position].hasStep {
        frames[position].isNumbered = true
      }
      return
    }
    if isConstant, known.count >= fewest {
      number(path: path, because: "every frame has step \(first.step)")
    }
  }

  /// Longest step of an MD run in ps.
  static let longestStep = 0.02

  /// Uses the index of each frame as its step, with a warning that gives the reason.
  mutating func number(path: String, because reason: String) {
    for position in frames.indices
    where frames[position].header == .complete || frames[position].hasStep {
      frames[position].step = Int64(position)
      frames[position].hasStep = true
      frames[position].isNumbered = true
    }
    guard frames.count > 1 else { return }
    remarks.append("\(path): \(reason): frames are numbered 0 to \(frames.count - 1) instead")
  }

  private static func rise<T: Comparable>(_ values: [T]) -> Bool {
    zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
  }
}

extension FrameChain {
  /// The frames of the files with steps that distinguish all of them, if those of one file had to
  /// be numbered.
  ///
  /// If every frame has a time, the rank of this time among all times is its step: frames with
  /// equal times are copies, like frames with equal steps elsewhere. Otherwise frames are numbered
  /// through the files in the order given, and none is dropped.
  /// - Returns: the frames, and a warning for several files.
  static func numbered(_ files: [[FrameLocation]], paths: [String]) -> (
    files: [[FrameLocation]], warning: String?
  ) {
    guard let odd = files.firstIndex(where: { $0.contains(where: \.isNumbered) }) else {
      return (files, nil)
    }
    let complete = files.joined().filter { $0.header == .complete && $0.hasStep }
    let times = Set(complete.compactMap(\.time)).sorted()
    // A numbered file whose times are also constant is ordered by position only.
    let isTimed =
      complete.allSatisfy { $0.time != nil }
      && files.allSatisfy { frames in
        let timed = frames.filter { $0.isNumbered && $0.time != nil }
        return timed.count < 2 || timed.contains { $0.time != timed[0].time }
      }
    let places = Dictionary(uniqueKeysWithValues: zip(times, Int64(0)...))
    var files = files
    var next: Int64 = 0
    for file in files.indices {
      for k in files[file].indices where files[file][k].hasStep {
        if isTimed { next = files[file][k].time.flatMap { places[$0] } ?? next }
        files[file][k].step = next
        files[file][k].isNumbered = true
        if !isTimed { next += 1 }
      }
    }
    guard files.count(where: { !$0.isEmpty }) > 1 else { return (files, nil) }
    let how = isTimed ? "by their times" : "in the order of the files on the command line"
    return (
      files,
      "\(paths[odd]) has no steps that distinguish its frames: the frames of all files are "
        + "numbered \(how)"
    )
  }
}
