import JobControl
import SOAP
import Trajectories

/// The selected environments and their rows, the same on all ranks and for any number of ranks.
///
/// Rows are ordered by class, then file, frame and centre id. The number of environments is
/// determined here for every frame; the centres of a frame are drawn by the rank that reads it,
/// from a stream of that frame.
struct SamplingPlan: Sendable {
  /// The environments from one frame: consecutive rows.
  struct FrameShare: Sendable {
    /// Index into `files`, and into its frames.
    let file: Int, frame: Int
    /// First row in the dataset.
    let firstRow: Int
    /// Number of environments.
    let count: Int
    /// Their part of the split; nil if it differs between them.
    let part: UInt8?
    /// Number of them that are of the part `mixed` instead.
    var mixed = 0
  }

  let files: [SampledFile]
  /// Frames with environments, in row order.
  let shares: [FrameShare]
  /// Part of each row of each class, `[classes][perClass]`, if frames are not kept together;
  /// otherwise empty.
  let partsOfRows: [[UInt8]]
  let perClass: Int
  /// Environments of each class in the part `mixed`, in addition.
  let mixedPerClass: Int
  /// The unit of the split.
  let splitRule: SamplingOptions.SplitRule
  let seed: UInt64
  /// Warnings for the user before the run.
  let warnings: [String]

  /// Files of each class from which on they are kept together unless the user decides: three for
  /// training, one each for validation and test.
  static let enoughFiles = 5

  /// The plan by the options' rule; without one, by file if every class has enough files with
  /// enough environments.
  ///
  /// - Throws: `RunError` if a class has too few environments.
  init(_ inputs: SampledFiles, _ options: SamplingOptions) throws {
    let hasFiles = options.classes.indices.allSatisfy {
      inputs.files(ofClass: $0).count >= Self.enoughFiles
    }
    if options.splitRule == nil, hasFiles,
      let plan = try? SamplingPlan(inputs, options, by: .file)
    {
      self = plan
    } else {
      self = try SamplingPlan(inputs, options, by: options.splitRule ?? .environment)
    }
  }

  private init(
    _ inputs: SampledFiles, _ options: SamplingOptions, by rule: SamplingOptions.SplitRule
  ) throws {
    files = inputs.files
    perClass = options.perClass
    splitRule = rule
    seed = options.seed
    var partsOfRows: [[UInt8]] = [], warnings: [String] = []
    var drawnOfClass: [[[Int]]] = [], partsOfClass: [[[UInt8]]?] = []
    for (label, group) in options.classes.enumerated() {
      let members = inputs.files(ofClass: label).map { inputs.files[$0] }
      let available = members.reduce(0) { $0 + $1.capacity }
      guard available >= options.perClass else {
        throw RunError(
          "class \(group.name) has \(available) environments in "
            + "\(Log.counted(members.count, "file")), fewer than the "
            + "\(options.perClass) requested; add files or lower --per-class", .badData)
      }
      var drawn: [[Int]]
      var parts: [[UInt8]]?
      var stream = SeededStream(seed: options.seed, .quotas, label)
      if rule == .environment {
        drawn = Self.counts(
          total: options.perClass, members, in: members.map { Array($0.frames.indices) }, &stream)
        var splitStream = SeededStream(seed: options.seed, .splitOfEnvironments, label)
        partsOfRows.append(DatasetSplit.parts(perClass: options.perClass, stream: &splitStream))
      } else {
        var splitStream = SeededStream(seed: options.seed, .splitOfFrames, label)
        let found = try Self.partsOfFrames(members, group.name, rule, &splitStream)
        drawn = try Self.counts(members, found, group.name, options, &stream)
        parts = found
      }
      if let warning = Self.unevenFiles(drawn, members, group.name) { warnings.append(warning) }
      drawnOfClass.append(drawn)
      partsOfClass.append(parts)
    }
    let mixed = Self.mixed(drawnOfClass, partsOfClass, inputs, options, keepsFiles: rule.keepsFiles)
    mixedPerClass = mixed.perClass
    var shares: [FrameShare] = []
    for label in options.classes.indices {
      var row = label * (options.perClass + mixed.perClass)
      for (member, file) in inputs.files(ofClass: label).enumerated() {
        for (frame, drawn) in drawnOfClass[label][member].enumerated() {
          let more = mixed.counts[label][member][frame]
          guard drawn + more > 0 else { continue }
          shares.append(
            FrameShare(
              file: file, frame: frame, firstRow: row, count: drawn + more,
              part: partsOfClass[label]?[member][frame], mixed: more))
          row += drawn + more
        }
      }
    }
    self.shares = shares
    self.partsOfRows = partsOfRows
    self.warnings = warnings
  }

  /// Environments of the training frames for the part `mixed`, `[classes][files][frames]`, as many
  /// of each class as its test part has, or as are left; none unless files are kept together.
  private static func mixed(
    _ drawn: [[[Int]]], _ parts: [[[UInt8]]?], _ inputs: SampledFiles, _ options: SamplingOptions,
    keepsFiles: Bool
  ) -> (perClass: Int, counts: [[[Int]]]) {
    var counts = drawn.map { $0.map { $0.map { _ in 0 } } }
    guard keepsFiles else { return (0, counts) }
    let left = drawn.indices.map { label in
      zip(inputs.files(ofClass: label), drawn[label].indices).map { file, member in
        drawn[label][member].indices.map { frame in
          parts[label]![member][frame] == 0
            ? inputs.files[file].centerCount - drawn[label][member][frame] : 0
        }
      }
    }
    let available = left.map { $0.reduce(0) { $0 + $1.reduce(0, +) } }
    let perClass = min(DatasetSplit.counts(perClass: options.perClass)[2], available.min() ?? 0)
    for label in drawn.indices {
      var stream = SeededStream(seed: options.seed, .mixedQuotas, label)
      let capacities = left[label].flatMap { $0 }
      var shares = stream.shares(
        of: perClass, weights: capacities.map { _ in 1 }, capacities: capacities)[...]
      for member in counts[label].indices {
        for frame in counts[label][member].indices {
          counts[label][member][frame] = shares.removeFirst()
        }
      }
    }
    return (perClass, counts)
  }

  /// Environments from each frame, `[files][frames]`: a file contributes in proportion to the
  /// fraction of its frames that are in `frames`; these frames share its contribution evenly.
  private static func counts(
    total: Int, _ files: [SampledFile], in frames: [[Int]], _ stream: inout SeededStream
  ) -> [[Int]] {
    let weights = zip(files, frames).map { Double($1.count) / Double($0.frames.count) }
    let ofFiles = stream.shares(
      of: total, weights: weights, capacities: zip(files, frames).map { $0.centerCount * $1.count })
    return files.indices.map { k in
      let n = frames[k].count
      let capacities = [Int](repeating: files[k].centerCount, count: n)
      let ofFrames = stream.shares(
        of: ofFiles[k], weights: [Double](repeating: 1, count: n), capacities: capacities)
      var counts = [Int](repeating: 0, count: files[k].frames.count)
      for (frame, count) in zip(frames[k], ofFrames) { counts[frame] = count }
      return counts
    }
  }

  /// As above if frames are assigned to parts: each part is sampled evenly, so that its size is
  /// exact. A frame of a part with fewer frames than its 60 or 20 % contributes slightly more than
  /// one of another part.
  private static func counts(
    _ files: [SampledFile], _ parts: [[UInt8]], _ name: String, _ options: SamplingOptions,
    _ stream: inout SeededStream
  ) throws -> [[Int]] {
    let wanted = DatasetSplit.counts(perClass: options.perClass)
    let frames = wanted.indices.map { part in
      files.indices.map { k in parts[k].indices.filter { parts[k][$0] == UInt8(part) } }
    }
    let available = frames.map { lists in
      zip(files, lists).reduce(0) { $0 + $1.0.centerCount * $1.1.count }
    }
    if let part = wanted.indices.first(where: { available[$0] < wanted[$0] }) {
      let possible = wanted.indices.map { available[$0] * options.perClass / wanted[$0] }.min()!
      throw RunError(
        "class \(name): the \(DatasetSplit.names[part]) part has \(available[part]) environments "
          + "in \(Log.counted(frames[part].reduce(0) { $0 + $1.count }, "frame")), fewer than its "
          + "\(wanted[part]); lower --per-class to \(possible / 5 * 5), add frames, or use "
          + "--split-by environment",
        .badData)
    }
    var sum = files.map { [Int](repeating: 0, count: $0.frames.count) }
    for part in wanted.indices {
      for (file, row) in counts(total: wanted[part], files, in: frames[part], &stream).enumerated()
      {
        for (frame, count) in row.enumerated() { sum[file][frame] += count }
      }
    }
    return sum
  }

  private static func partsOfFrames(
    _ files: [SampledFile], _ name: String, _ rule: SamplingOptions.SplitRule,
    _ stream: inout SeededStream
  ) throws -> [[UInt8]] {
    let unitOfFile =
      rule == .parent ? FileParents.parents(of: files.map(\.path)).indices : Array(files.indices)
    var frameCounts = [Int](repeating: 0, count: (unitOfFile.max() ?? -1) + 1)
    for (file, unit) in zip(files, unitOfFile) { frameCounts[unit] += file.frames.count }
    guard
      let parts = DatasetSplit.parts(
        frameCounts: frameCounts, keepsFiles: rule.keepsFiles, stream: &stream)
    else {
      let found = rule.keepsFiles ? frameCounts.count : frameCounts.reduce(0, +)
      throw RunError(
        "class \(name) has \(Log.counted(found, "\(rule)")); --split-by \(rule) needs at least "
          + "three, one for each part",
        .badData)
    }
    guard rule == .parent else { return parts }
    return zip(files, unitOfFile).map { file, unit in
      [UInt8](repeating: parts[unit].first ?? 0, count: file.frames.count)
    }
  }

  /// Adds a warning if small files could not contribute their share.
  private static func unevenFiles(_ counts: [[Int]], _ files: [SampledFile], _ name: String)
    -> String?
  {
    let totals = counts.map { $0.reduce(0, +) }
    let exhausted = files.indices.filter { totals[$0] == files[$0].capacity }
    guard let most = totals.max(), let worst = exhausted.min(by: { totals[$0] < totals[$1] }),
      totals[worst] < most - 1
    else { return nil }
    return
      "class \(name): \(exhausted.count) of its files have fewer environments than an equal share, "
      + "so all of them were used, e.g. \(files[worst].path) \(totals[worst]); others "
      + "contributed up to \(most)"
  }

  /// Rows of the dataset.
  var rowCount: Int { (perClass + mixedPerClass) * (files.map(\.label).max().map { $0 + 1 } ?? 0) }

  /// Indices of the centres drawn from a frame, among its centres by id, ascending.
  func centers(of share: FrameShare) -> [Int] {
    let file = files[share.file]
    var stream = SeededStream(seed: seed, .centers, share.file, file.frames[share.frame].ordinal)
    return stream.choose(share.count, of: file.centerCount)
  }

  /// Part of each row of a frame's share.
  func parts(of share: FrameShare) -> [UInt8] {
    if let part = share.part {
      var parts = [UInt8](repeating: part, count: share.count)
      guard share.mixed > 0 else { return parts }
      var stream = SeededStream(
        seed: seed, .mixedRows, share.file, files[share.file].frames[share.frame].ordinal)
      for row in stream.choose(share.mixed, of: share.count) { parts[row] = DatasetSplit.mixed }
      return parts
    }
    let label = files[share.file].label
    let first = share.firstRow - label * perClass
    return Array(partsOfRows[label][first..<first + share.count])
  }

  /// The shares that a rank computes: consecutive, and about as much work as on every other rank.
  func shares(ofRank rank: Int, of ranks: Int) -> Range<Int> {
    // Describing a centre takes as long as reading tens of atoms.
    let costs = shares.map { 40 * Double($0.count) + Double(files[$0.file].trajectory.atomCount) }
    let total = costs.reduce(0, +)
    var sum = 0.0
    var lower = 0, upper = 0
    for cost in costs {
      let middle = (sum + cost / 2) / total * Double(ranks)
      if middle < Double(rank) { lower += 1 }
      if middle < Double(rank + 1) { upper += 1 }
      sum += cost
    }
    return lower..<upper
  }
}
