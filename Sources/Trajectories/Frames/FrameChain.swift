/// The frames of several files as one run: ascending steps, each once.
///
/// Frames are sorted by step (see `FrameNumbers.swift` for files whose steps are not usable). Of
/// frames with equal steps the last valid one is kept: the copy written by a restart replaces the
/// one that a killed run may have left incomplete. Dropped and reordered frames are always
/// reported.
struct FrameChain {
  private(set) var frames: [FrameLocation] = []
  private(set) var warnings: [String] = []
  /// The first frame that a frame of another file replaces, both sound.
  private(set) var replacement: FrameReplacement?

  /// Joins the frames of files; `paths` are their names in warnings.
  init(_ given: [[FrameLocation]], paths: [String]) {
    let (files, numbering) = Self.numbered(given, paths: paths)
    if let numbering { warnings.append(numbering) }
    // Files in the order of their first steps, so that frames without a readable step stay next to
    // their neighbours.
    let order = files.indices.filter { !files[$0].isEmpty }.sorted { left, right in
      let (a, b) = (Self.firstStep(files[left]), Self.firstStep(files[right]))
      return a == b ? left < right : a < b
    }
    var keyed: [(step: Int64, frame: FrameLocation)] = []
    for file in order {
      var step = Self.firstStep(files[file])
      var descent: (from: Int64, to: Int64, frame: Int)?
      for frame in files[file] {
        if frame.hasStep {
          if frame.step < step, descent == nil { descent = (step, frame.step, frame.ordinal) }
          step = frame.step
        }
        keyed.append((step, frame))
      }
      if let descent {
        warnings.append(
          "\(paths[file]): steps decrease from \(descent.from) to \(descent.to) at frame "
            + "\(descent.frame): frames are used in step order"
        )
      }
    }
    let sorted = keyed.indices.sorted {
      keyed[$0].step == keyed[$1].step ? $0 < $1 : keyed[$0].step < keyed[$1].step
    }.map { keyed[$0] }
    var dropped: [FrameLocation] = []
    var position = 0
    while position < sorted.count {
      var next = position
      while next < sorted.count, sorted[next].step == sorted[position].step { next += 1 }
      let same = sorted[position..<next].map(\.frame)
      let copies = same.filter(\.hasStep)
      let kept = copies.last(where: \.isSound) ?? copies.last
      for frame in same where !frame.hasStep || frame == kept { frames.append(frame) }
      let others = copies.filter { $0 != kept }
      if replacement == nil, let kept, kept.isSound,
        let other = others.first(where: { $0.isSound && $0.file != kept.file })
      {
        replacement = FrameReplacement(dropped: other, kept: kept)
      }
      dropped += others
      position = next
    }
    report(dropped, of: files.map(\.count), paths: paths)
    reportSpacing(paths: paths)
  }

  private static func firstStep(_ frames: [FrameLocation]) -> Int64 {
    frames.first(where: \.hasStep)?.step ?? .min
  }

  private mutating func report(_ dropped: [FrameLocation], of counts: [Int], paths: [String]) {
    for file in Set(dropped.map(\.file)).sorted() {
      let steps = dropped.filter { $0.file == file }.map(\.step)
      guard let first = steps.min(), let last = steps.max() else { continue }
      let range = first == last ? "step \(first)" : "steps \(first) to \(last)"
      let advice =
        steps.count == counts[file] && counts.count > 1
        ? ", and no frame of this file is used; analyse it separately, or write it with steps that "
          + "differ from those of the other files"
        : ""
      warnings.append(
        "\(paths[file]): \(counted(steps.count, "frame")) at \(range) dropped: the same steps "
          + "occur again later\(advice)"
      )
    }
  }

  private mutating func reportSpacing(paths: [String]) {
    let known = frames.filter(\.hasStep)
    guard known.count > 2 else { return }
    // Steps are arbitrary 64-bit numbers; a difference that overflows is uneven in any case.
    let (spacing, isHuge) = known[1].step.subtractingReportingOverflow(known[0].step)
    guard !isHuge else {
      return warnings.append(
        "\(paths[known[1].file]): steps are unevenly spaced: \(known[0].step), then "
          + "\(known[1].step)"
      )
    }
    for (left, right) in zip(known.dropFirst(), known.dropFirst(2)) {
      let distance = right.step.subtractingReportingOverflow(left.step).partialValue
      if distance != spacing {
        warnings.append(
          "\(paths[right.file]): steps are unevenly spaced: \(spacing) apart at first, \(distance) "
            + "between steps \(left.step) and \(right.step)"
        )
        return
      }
    }
  }
}

/// Two frames of one step in different files, of which one is used.
struct FrameReplacement: Sendable, Equatable {
  var dropped: FrameLocation, kept: FrameLocation
}
