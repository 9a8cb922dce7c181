import Geometry
import Phases
import Profiles

/// A frame, or this rank's part of it, with what several observables need of it: each is computed
/// once, when the first of them asks.
///
/// What exchanges messages (`codes`) is asked for in the same order on all ranks, because all
/// compute the same observables in the same order.
final class FrameContext {
  let frame: LoadedFrame
  let team: FrameTeam
  /// Class probabilities of the owned centres, [owned, K] for each model.
  let probabilities: [[Double]]
  /// Projections of the owned centres, [owned, C] for each model; empty unless they are stored.
  let projections: [ArraySlice<Float>]
  /// Where the time goes.
  var timings: Timings
  /// Ids of all centres held here, rising; [local].
  private(set) lazy var ids = domain.localIDs

  private let rules: [PhaseRule]
  /// Largest distance in Å of neighbours on other ranks whose values can be filled in.
  let exchangeCutoff: Double
  private var routes: HaloRoutes?
  private var pairLists: [(cutoff: Double, list: NeighborList)] = []
  private var labels: [PhaseLabels?]
  private var allCodes: [[PhaseCode]?]
  private var allPhases: [[UInt8]?]
  private var sharedValues: [String: Any] = [:]
  private var layerLists: [(layers: Layers, places: [Int32])] = []

  var domain: FrameDomain { frame.domain }
  var cell: Cell { frame.domain.cell }

  init(
    _ frame: LoadedFrame, probabilities: [[Double]], projections: [ArraySlice<Float>],
    rules: [PhaseRule], exchangeCutoff: Double, team: FrameTeam, timings: Timings
  ) {
    self.frame = frame
    self.team = team
    self.probabilities = probabilities
    self.projections = projections
    self.timings = timings
    self.rules = rules
    self.exchangeCutoff = exchangeCutoff
    labels = rules.map { _ in nil }
    allCodes = rules.map { _ in nil }
    allPhases = rules.map { _ in nil }
  }

  /// Finds the ways to the halo copies. Collective over the team.
  func prepare() throws {
    guard !domain.isWhole else { return }
    routes = try HaloRoutes(pairs(within: exchangeCutoff), domain: domain, team: team)
    timings.end(.neighbours)
  }

  /// Neighbours of the owned centres within a distance in Å, in grid order.
  func pairs(within cutoff: Double) -> NeighborList { search(cutoff) }

  /// Pairs of those that are nearer than `ClosePairs.distance`, counted from both sides.
  func closePairs(within cutoff: Double) -> Int { search(cutoff).closePairs }

  private func search(_ cutoff: Double) -> NeighborList {
    if let known = pairLists.first(where: { $0.cutoff == cutoff }) { return known.list }
    let found = domain.extended.pairs(
      of: domain.center, within: cutoff, index: domain.centerOfRow,
      closeDistance: ClosePairs.distance)
    pairLists.append((cutoff, found))
    timings.end(.neighbours)
    return found
  }

  /// Labels of the owned centres by a model.
  func labels(of model: Int) -> PhaseLabels {
    if let known = labels[model] { return known }
    let values = probabilities[model]
    let found = PhaseLabels(probabilities: values.span, rule: rules[model])
    labels[model] = found
    return found
  }

  /// Phases of the owned centres by a model at the primary threshold; [owned].
  func phases(of model: Int) -> [UInt8] {
    if let known = allPhases[model] { return known }
    let found = labels(of: model).phases()
    allPhases[model] = found
    return found
  }

  /// Codes of all centres held here by a model; [local]. Collective over the team.
  func codes(of model: Int) throws -> [PhaseCode] {
    if let known = allCodes[model] { return known }
    let found = try localCodes(labels(of: model).codes)
    allCodes[model] = found
    return found
  }

  /// Codes of all centres held here from those of the owned; [local]. Collective over the team.
  func localCodes(_ owned: [PhaseCode]) throws -> [PhaseCode] {
    guard !domain.isWhole else { return owned }
    var codes = [PhaseCode](repeating: PhaseCode(top: 0, level: 0), count: domain.localCount)
    for (k, local) in domain.owned.enumerated() { codes[Int(local)] = owned[k] }
    timings.end(.clusters)
    try routes?.fill(&codes)
    timings.end(.exchange)
    return codes
  }

  /// Fills in the words of halo copies; [local]. Collective over the team.
  func fill(_ words: inout [Int64]) throws { try routes?.fill(&words) }

  /// Fills in the bytes of halo copies; [local]. Collective over the team.
  func fill(_ bytes: inout [UInt8]) throws { try routes?.fill(&bytes) }

  /// Fills in the first `width` numbers of halo copies; [local]. Collective over the team.
  func fill(_ vectors: inout [SIMD8<Double>], width: Int) throws {
    try routes?.fill(&vectors, width: width)
  }

  /// A value that several observables need, made when the first asks.
  func shared<Value>(_ name: String, _ make: () throws -> Value) rethrows -> Value {
    if let known = sharedValues[name] as? Value { return known }
    let value = try make()
    sharedValues[name] = value
    return value
  }

  /// Layer of each owned centre; [owned].
  func places(in layers: Layers) -> [Int32] {
    if let known = layerLists.first(where: { $0.layers == layers }) { return known.places }
    let rows = domain.isWhole ? domain.centerRows : domain.owned.map { domain.centerRows[Int($0)] }
    let x = rows.map { domain.atoms.x[Int($0)] }, y = rows.map { domain.atoms.y[Int($0)] },
      z = rows.map { domain.atoms.z[Int($0)] }
    let places = layers.layers(x: x.span, y: y.span, z: z.span, cell: domain.cell)
    layerLists.append((layers, places))
    return places
  }
}
