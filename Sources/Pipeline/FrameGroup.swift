import Geometry
import Phases
import Profiles
import SOAP
import Trajectories

/// A frame that has been read and checked: what its analysis needs.
struct LoadedFrame {
  /// Row in the results.
  let row: Int
  let step: Int64
  let time: Double
  let domain: FrameDomain
}

/// Reads frames and checks them against the run.
final class FrameLoader {
  private let plan: AnalysisPlan
  private let reader: TrajectoryReader
  private let pairCutoff: Double

  init(_ plan: AnalysisPlan) {
    self.plan = plan
    reader = TrajectoryReader(plan.trajectory, species: plan.speciesMap)
    pairCutoff = max(plan.options.neighborCutoff, plan.options.clusterCutoff, plan.options.neighborCount?.radius ?? 0)
  }

  /// Reads the frame of a row of the results.
  ///
  /// - Throws: `TrajectoryError` or `RunError` naming file, frame and atom if anything about it is not as expected.
  func load(row: Int, timings: inout Timings) throws -> LoadedFrame {
    timings.begin()
    let location = plan.trajectory.frames[row]
    let header = try reader.header(of: location)
    let batch = try reader.atoms(of: location, header: header)
    timings.bytes += location.byteCount
    // Beyond this a position in a cell has no digits left, and its image no integer: a damaged number, not a far atom.
    if let k = batch.ids.indices.first(where: { max(abs(batch.x[$0]), abs(batch.y[$0]), abs(batch.z[$0])) > 1e9 }) {
      throw TrajectoryError(
        path: plan.trajectory.path(of: location), line: location.line, frame: location.ordinal,
        reason: "atom id \(batch.ids[k]) lies more than 1e9 Å from the origin")
    }
    timings.end(.read)
    let table = AtomTable(
      ids: batch.ids, species: batch.species, x: batch.x, y: batch.y, z: batch.z, wrappedInto: header.cell)
    let path = plan.trajectory.path(of: location)
    if let id = table.duplicateID { throw TrajectoryError.duplicate(id: id, path: path, frame: location) }
    let domain: FrameDomain
    do {
      domain = try FrameDomain(cell: header.cell, atoms: table, sets: plan.sets, pairCutoff: pairCutoff)
    } catch let error as RunError {
      throw TrajectoryError(path: path, line: location.line, frame: location.ordinal, reason: error.description)
    }
    try check(domain, path, location)
    timings.end(.neighbours)
    let time = header.time ?? plan.options.timeStep.map { Double(header.step) * $0 } ?? .nan
    return LoadedFrame(row: row, step: header.step, time: time, domain: domain)
  }

  /// The centres must be those of the first frame: rows of the results are ids.
  private func check(_ domain: FrameDomain, _ path: String, _ location: FrameLocation) throws {
    guard domain.centerCount == plan.centerCount else {
      throw TrajectoryError(
        path: path, line: location.line, frame: location.ordinal,
        reason:
          "expected \(plan.centerCount) centres (\(plan.sets.species[plan.sets.center])) as in the first frame, found \(domain.centerCount)"
      )
    }
    for (k, row) in domain.centerRows.enumerated() where domain.atoms.ids[Int(row)] != plan.centerIDs[k] {
      throw TrajectoryError(
        path: path, line: location.line, frame: location.ordinal,
        reason: "expected the centres of the first frame, where the next id is \(plan.centerIDs[k]); found id \(domain.atoms.ids[Int(row)])"
      )
    }
  }
}

/// What one frame gave for one model, in the shapes of the results.
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
  /// Labels by neighbour count; of the frame, kept with its first model.
  var neighborCount: NeighborCountResult?
}

/// Labels, intermediate split, clusters and profile of a frame whose probabilities are known.
struct FrameEvaluator {
  let plan: AnalysisPlan

  /// Centres nearer than this, in Å, hint at wrong units or overlapping atoms.
  static let closeDistance = 1.5

  /// Results for every model; `probabilities[model]` is `[centers, K]`. Also the number of centre pairs nearer than 1.5 Å.
  func evaluate(_ frame: LoadedFrame, probabilities: [ArraySlice<Double>], timings: inout Timings) -> ([FrameResult], closePairs: Int) {
    timings.begin()
    let options = plan.options
    let domain = frame.domain
    let clusterPairs = pairs(domain, options.clusterCutoff)
    let ids = plan.centerIDs
    let sharesPairs = options.neighborCutoff == options.clusterCutoff
    let neighborList = sharesPairs ? clusterPairs.list : pairs(domain, options.neighborCutoff).list
    timings.end(.neighbours)
    var results: [FrameResult] = []
    for (m, model) in plan.models.enumerated() {
      let rule = plan.rules[m]
      let values = Array(probabilities[m])
      let labels = PhaseLabels(probabilities: values.span, rule: rule)
      let phases = labels.phases()
      let split = IntermediateSplit(neighbors: neighborList, codes: labels.codes, rule: rule)
      let clusters = Clusters(
        neighbors: clusterPairs.list, phases: phases, phaseCount: rule.phaseCount, ids: ids, minimumSize: Int64(options.minimumCluster))
      timings.end(.clusters)
      var profile: ProfileTable?
      if let layers = plan.layers {
        profile = profileTable(domain, layers: layers, probabilities: values, phases: phases, classCount: model.classCount)
        timings.end(.profile)
      }
      results.append(
        FrameResult(
          phases: phases, clusters: clusters.names, counts: labels.counts, argmaxCounts: labels.argmaxCounts,
          intermediateCounts: split.counts, statistics: clusters.statistics, profile: profile,
          regions: options.regions.map {
            $0.table(of: domain, probabilities: values, phases: phases, classCount: model.classCount)
          }))
    }
    if let rule = options.neighborCount {
      let near = pairs(domain, rule.radius).list
      timings.end(.neighbours)
      results[0].neighborCount = NeighborCountResult(
        rule, near: near, clusterPairs: clusterPairs.list, ids: ids, minimumCluster: options.minimumCluster)
      timings.end(.clusters)
    }
    return (results, clusterPairs.close)
  }

  private func pairs(_ domain: FrameDomain, _ cutoff: Double) -> (list: NeighborList, close: Int) {
    let found = domain.extended.pairs(of: domain.center, within: cutoff, index: domain.centerOfRow, closeDistance: Self.closeDistance)
    var list = NeighborList()
    list.centers = found.centers
    list.offsets = found.offsets
    list.neighbors = found.neighbors
    list.images = found.images
    return (list, found.closePairs)
  }

  private func profileTable(
    _ domain: FrameDomain, layers: Layers, probabilities: [Double], phases: [UInt8], classCount: Int
  ) -> ProfileTable {
    let x = domain.centerRows.map { domain.atoms.x[Int($0)] }
    let y = domain.centerRows.map { domain.atoms.y[Int($0)] }
    let z = domain.centerRows.map { domain.atoms.z[Int($0)] }
    let place = layers.layers(x: x.span, y: y.span, z: z.span, cell: domain.cell)
    var sums = LayerProfile(layerCount: layers.count, classCount: classCount)
    sums.add(layers: place.span, probabilities: probabilities.span, phases: phases.span)
    return ProfileTable(sums, layers: layers, cell: domain.cell, massPerCenter: plan.massPerCenter)
  }
}
