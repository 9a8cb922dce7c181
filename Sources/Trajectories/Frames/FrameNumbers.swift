/// Files whose steps do not tell their frames apart.
///
/// Frames are told apart by step. Not every writer keeps steps: XTC and TRR files made by analysis
/// programs often hold step 0 in every frame beside times that rise, some write no steps at all.
/// Such a file's frames are numbered 0, 1, … and all of them are kept:
/// - if it gives no steps;
/// - if its times rise from frame to frame while its steps do not (steps that start again at 0
///   while the times go on, as `trjcat` leaves them);
/// - if all frames have one step, but not one time;
/// - if all have one step, and there are three or more of them (`fewest`). Two frames of one step
///   may be a restart's copy of a cut one.
extension FrameIndex {
  /// Numbers the frames if the file's steps do not tell them apart.
  ///
  /// - Parameter fewest: frames of one step from which on the step means nothing.
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
    if isConstant, known.count >= fewest {
      number(path: path, because: "every frame has step \(first.step)")
    }
  }

  /// Gives each frame its position as step, and says why.
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
  /// The files' frames with steps that tell all of them apart, if those of one file had to be
  /// numbered.
  ///
  /// Where every frame has a time its place among all times is its step: frames of one time are
  /// copies, as those of one step are elsewhere. Otherwise frames are counted through the files in
  /// the order in which these were named, and nothing is dropped.
  /// - Returns: the frames, and what to say of several files.
  static func numbered(_ files: [[FrameLocation]], paths: [String]) -> (
    files: [[FrameLocation]], warning: String?
  ) {
    guard let odd = files.firstIndex(where: { $0.contains(where: \.isNumbered) }) else {
      return (files, nil)
    }
    let complete = files.joined().filter { $0.header == .complete && $0.hasStep }
    let times = Set(complete.compactMap(\.time)).sorted()
    // A numbered file whose times stand still as well is told apart by its order alone.
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
    let how = isTimed ? "by their times" : "in the order in which the files are named"
    return (
      files,
      "\(paths[odd]) gives no steps that tell its frames apart: the frames of all files are numbered \(how)"
    )
  }
}
