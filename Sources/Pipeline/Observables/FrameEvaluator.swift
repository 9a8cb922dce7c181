import Geometry
import Phases
import Profiles

/// What one frame gave for one model, in the shapes of the results.
///
/// `phases` and `clusters` are those of the owned centres. All else is of the whole frame, and
/// complete on the root of the team only.
struct FrameResult {
  var phases: [UInt8] = []
  var clusters: [Int64] = []
  var counts: [Int64] = []
  var argmaxCounts: [Int64] = []
  var intermediateCounts: [Int64] = []
  var statistics: ClusterStatistics
  var profile: ProfileTable?
  /// One table of one layer for each region.
  var regions: [ProfileTable] = []
}

/// Labels, intermediate split, clusters and profile of a frame whose probabilities are known.
///
/// Collective over the team: labels travel to halo copies, then fragment names, then the graph of
/// what crosses borders up and down a tree; all sums are of integers, in one message. A team of one
/// goes through the same steps with nobody to talk to.
struct FrameEvaluator {
  let plan: AnalysisPlan
  let team: FrameTeam

  /// Centres nearer than this, in Å, hint at wrong units or overlapping atoms.
  static let closeDistance = 1.5

  /// What `evaluate` found.
  struct Outcome {
    /// For each model.
    var results: [FrameResult] = []
    /// Molecules of each pair of phases of the first two models; of the whole frame.
    var crossCounts: [Int64] = []
    /// Labels by neighbour count, if they are asked for.
    var neighborCount: NeighborCountResult?
    /// Pairs of centres nearer than 1.5 Å in the whole frame, counted from both sides.
    var closePairs = 0
  }

  /// Results for every model; `probabilities[model]` is `[owned, K]`.
  func evaluate(_ frame: LoadedFrame, probabilities: [ArraySlice<Double>], timings: inout Timings)
    throws -> Outcome
  {
    timings.begin()
    let options = plan.options
    let domain = frame.domain
    let clusterPairs = pairs(domain, options.clusterCutoff)
    let sharesPairs = options.neighborCutoff == options.clusterCutoff
    let neighborList = sharesPairs ? clusterPairs.list : pairs(domain, options.neighborCutoff).list
    let routes = try HaloRoutes(
      options.neighborCutoff > options.clusterCutoff ? neighborList : clusterPairs.list,
      domain: domain, team: team)
    timings.end(.neighbours)
    let ids = domain.localIDs
    var outcome = Outcome()
    var sums = FrameSums()
    var profiles: [LayerProfile] = [], regions: [LayerProfile] = []
    let places = plan.layers.map { layersOfCenters(domain, $0) }
    for (m, model) in plan.models.enumerated() {
      let rule = plan.rules[m]
      let values = Array(probabilities[m])
      let labels = PhaseLabels(probabilities: values.span, rule: rule)
      let owned = labels.phases()
      let codes = try localCodes(labels.codes, domain, routes, &timings)
      let split = IntermediateSplit(neighbors: neighborList, codes: codes, rule: rule)
      let fragments = ClusterFragments(
        neighbors: clusterPairs.list, phases: PhaseLabels.phases(of: codes, rule: rule),
        phaseCount: rule.phaseCount, ids: ids)
      let (names, statistics) = try clusters(
        fragments, domain, routes, phaseCount: rule.phaseCount, &timings)
      timings.end(.clusters)
      if let layers = plan.layers, let places {
        var profile = LayerProfile(layerCount: layers.count, classCount: model.classCount)
        profile.add(layers: places.span, probabilities: values.span, phases: owned.span)
        profiles.append(profile)
        timings.end(.profile)
      }
      regions += options.regions.map {
        $0.sums(of: domain, probabilities: values, phases: owned, classCount: model.classCount)
      }
      sums.append(labels.counts)
      sums.append(labels.argmaxCounts)
      sums.append(split.counts)
      outcome.results.append(FrameResult(phases: owned, clusters: names, statistics: statistics))
    }
    if plan.models.count >= 2 {
      let table = CrossTable(
        outcome.results[0].phases, outcome.results[1].phases, rows: plan.rules[0].phaseCount,
        columns: plan.rules[1].phaseCount)
      sums.append(table.counts)
    }
    if let rule = options.neighborCount {
      let found = try countNeighbors(rule, clusterPairs.list, ids, domain, routes, &timings)
      sums.append(found.counts)
      outcome.neighborCount = found
    }
    for profile in profiles + regions { sums.append(profile.words) }
    sums.append([Int64(clusterPairs.close)])
    timings.end(.clusters)
    sums.words = try team.sum(sums.words)
    timings.end(team.size > 1 ? .exchange : .clusters)
    finish(&outcome, &sums, frame)
    timings.end(.profile)
    return outcome
  }

  /// Takes the whole frame's sums apart in the order in which they were put together.
  private func finish(_ outcome: inout Outcome, _ sums: inout FrameSums, _ frame: LoadedFrame) {
    for m in plan.models.indices {
      outcome.results[m].counts = sums.next()
      outcome.results[m].argmaxCounts = sums.next()
      outcome.results[m].intermediateCounts = sums.next()
    }
    if plan.models.count >= 2 { outcome.crossCounts = sums.next() }
    if outcome.neighborCount != nil { outcome.neighborCount?.counts = sums.next() }
    if let layers = plan.layers {
      for (m, model) in plan.models.enumerated() {
        let profile = LayerProfile(
          words: sums.next(), layerCount: layers.count, classCount: model.classCount)
        if team.isRoot {
          outcome.results[m].profile = ProfileTable(
            profile, layers: layers, cell: frame.domain.cell, massPerCenter: plan.massPerCenter)
        }
      }
    }
    for (m, model) in plan.models.enumerated() {
      outcome.results[m].regions = plan.options.regions.map {
        $0.table(
          LayerProfile(words: sums.next(), layerCount: 1, classCount: model.classCount),
          in: frame.domain.cell)
      }
    }
    outcome.closePairs = Int(sums.next()[0])
  }

  /// Labels by the number of neighbours, and their clusters; counts are those of the owned centres.
  private func countNeighbors(
    _ rule: NeighborCountRule, _ clusterPairs: NeighborList, _ ids: [Int64], _ domain: FrameDomain,
    _ routes: HaloRoutes,
    _ timings: inout Timings
  ) throws -> NeighborCountResult {
    let near = pairs(domain, rule.radius).list
    timings.end(.neighbours)
    let phases = rule.phases(near, of: domain)
    let codes = try localCodes(
      phases.map { PhaseCode(top: $0, level: 1) }, domain, routes, &timings)
    let fragments = ClusterFragments(
      neighbors: clusterPairs, phases: codes.map(\.top), phaseCount: NeighborCountResult.phaseCount,
      ids: ids)
    let (names, statistics) = try clusters(
      fragments, domain, routes, phaseCount: NeighborCountResult.phaseCount, &timings)
    timings.end(.clusters)
    let high = Int64(phases.lazy.filter { $0 == 1 }.count)
    return NeighborCountResult(
      phases: phases, clusters: names, statistics: statistics,
      counts: [Int64(phases.count) - high, high, 0])
  }

  /// Codes of all centres held here; `[local]`.
  private func localCodes(
    _ owned: [PhaseCode], _ domain: FrameDomain, _ routes: HaloRoutes, _ timings: inout Timings
  ) throws -> [PhaseCode] {
    guard !domain.isWhole else { return owned }
    var codes = [PhaseCode](repeating: PhaseCode(top: 0, level: 0), count: domain.localCount)
    for (k, local) in domain.owned.enumerated() { codes[Int(local)] = owned[k] }
    timings.end(.clusters)
    try routes.fill(&codes)
    timings.end(.exchange)
    return codes
  }

  /// Names of the owned centres' clusters, and the frame's statistics (complete on the root).
  private func clusters(
    _ fragments: ClusterFragments, _ domain: FrameDomain, _ routes: HaloRoutes, phaseCount: Int,
    _ timings: inout Timings
  ) throws -> (names: [Int64], statistics: ClusterStatistics) {
    var names = fragments.names
    timings.end(.clusters)
    try routes.fill(&names)
    let owners = domain.isWhole ? [Int32](repeating: 0, count: domain.localCount) : domain.owners
    var merger = ClusterMerger(
      fragments, names: names, ranks: owners, rank: team.rank, rankCount: team.size)
    // Up the tree: what is whole below, then the graph of what is not. A rank closes no more
    // clusters once it has sent its graph.
    let minimum = Int64(plan.options.minimumCluster)
    let statisticsCount = ClusterStatistics.packedCount(phaseCount: phaseCount)
    var statistics = ClusterStatistics([], phaseCount: phaseCount, minimumSize: minimum)
    func addOwn() {
      statistics.merge(
        ClusterStatistics(merger.complete, phaseCount: phaseCount, minimumSize: minimum))
    }
    for k in 0..<merger.rounds {
      switch merger.partner(round: k) {
      case .receive(let child):
        let words = try team.receive(from: child, tag: Self.graphTag)
        statistics.merge(
          ClusterStatistics(
            unpacking: Array(words[..<statisticsCount]), phaseCount: phaseCount,
            minimumSize: minimum))
        merger.absorb(Array(words[statisticsCount...]), round: k)
      case .send(let parent):
        addOwn()
        try team.send(statistics.packed() + merger.message(), to: parent, tag: Self.graphTag)
      case .idle: break
      }
    }
    if team.isRoot { addOwn() }
    // Down again: final names.
    for k in (0..<merger.rounds).reversed() {
      switch merger.partner(round: k) {
      case .receive(let child): try team.send(merger.answer(round: k), to: child, tag: Self.nameTag)
      case .send(let parent): merger.accept(try team.receive(from: parent, tag: Self.nameTag))
      case .idle: break
      }
    }
    if team.size > 1 { timings.end(.exchange) }
    let all = merger.clusterNames()
    return (domain.isWhole ? all : domain.owned.map { all[Int($0)] }, statistics)
  }

  /// Tags of the messages between two ranks, each of another content.
  private static let graphTag = 41, nameTag = 42

  private func pairs(_ domain: FrameDomain, _ cutoff: Double) -> (list: NeighborList, close: Int) {
    let found = domain.extended.pairs(
      of: domain.center, within: cutoff, index: domain.centerOfRow,
      closeDistance: Self.closeDistance)
    var list = NeighborList()
    list.centers = found.centers
    list.offsets = found.offsets
    list.neighbors = found.neighbors
    list.images = found.images
    return (list, found.closePairs)
  }

  /// Layer of each owned centre.
  private func layersOfCenters(_ domain: FrameDomain, _ layers: Layers) -> [Int32] {
    let rows = domain.isWhole ? domain.centerRows : domain.owned.map { domain.centerRows[Int($0)] }
    let x = rows.map { domain.atoms.x[Int($0)] }, y = rows.map { domain.atoms.y[Int($0)] },
      z = rows.map { domain.atoms.z[Int($0)] }
    return layers.layers(x: x.span, y: y.span, z: z.span, cell: domain.cell)
  }
}

/// Lists of integers that are added up over ranks in one message.
private struct FrameSums {
  var words: [Int64] = []
  private var counts: [Int] = []
  private var place = 0

  mutating func append(_ list: [Int64]) {
    words += list
    counts.append(list.count)
  }

  /// The lists, in the order in which they were appended.
  mutating func next() -> [Int64] {
    let count = counts.removeFirst()
    place += count
    return Array(words[place - count..<place])
  }
}
