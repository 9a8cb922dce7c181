import Geometry
import JobControl
import Models
import NeuralNetwork
import Phases
import Profiles

/// A frame, or this rank's part of it, with data that several observables need; each is computed
/// once, at its first use.
///
/// Functions that communicate (`codes`) are called in the same order on all ranks, because all
/// ranks compute the same observables in the same order.
public final class FrameContext {
  /// Centres closer than this, in Å, indicate wrong units or overlapping atoms.
  public static let closeDistance = 1.5

  /// The frame.
  public let frame: LoadedFrame
  /// The ranks that share it.
  public let team: FrameTeam
  /// Class probabilities of the owned centres, [owned, K] for each model.
  public let probabilities: [[Double]]
  /// Class probabilities of the owned centres by each network of an ensemble, [owned, K]; else
  /// empty.
  public let memberProbabilities: [[Double]]
  /// Projections of the owned centres, [owned, C] for each model; empty unless they are stored.
  public let projections: [ArraySlice<Float>]
  /// Timings.
  public var timings: Timings
  /// Ids of all centres on this rank, ascending; [local].
  public private(set) lazy var ids = domain.localIDs

  /// What recognises foreign molecules of a model, of the owned centres.
  public struct Recognised {
    /// Odds of the guard's foreign classes, [owned]; empty without a guard.
    var odds: ArraySlice<Float>
    /// Bins of the familiarity scores, [owned, J]; empty without familiarity data.
    var bins: ArraySlice<UInt8>
  }
  /// For each model; nil if it has neither, or with --no-guard.
  private var recognised: [Recognised?]
  /// 1 for unfamiliar owned centres, 0 for all others, for each model with a guard; [owned].
  public private(set) var unfamiliar: [[UInt8]?]

  private let models: [Model]
  private let rules: [PhaseRule]
  /// Largest distance in Å of neighbours on other ranks whose values can be exchanged.
  public let exchangeCutoff: Double
  private var routes: HaloRoutes?
  /// Distances in Å at which the observables need pairs; the first search finds all of them.
  private let pairCutoffs: [Double]
  /// Whether the images are freed when the lists within these distances are made.
  private let freesImages: Bool
  private var pairLists: [(cutoff: Double, list: NeighborList)] = []
  private var labels: [PhaseLabels?]
  private var allCodes: [[PhaseCode]?]
  private var allPhases: [[UInt8]?]
  private var sharedValues: [String: Any] = [:]
  private var layerLists: [(layers: Layers, places: [Int32])] = []

  /// Its atoms on this rank.
  public var domain: FrameDomain { frame.domain }
  /// Its cell.
  public var cell: Cell { frame.domain.cell }

  /// A described and classified frame.
  ///
  /// - Parameters:
  ///   - pairCutoffs: distances in Å at which the observables need pairs.
  ///   - freesImages: whether nothing searches the images of atoms after the lists within these
  ///     distances are made.
  public init(
    _ frame: LoadedFrame, probabilities: [[Double]], memberProbabilities: [[Double]] = [],
    projections: [ArraySlice<Float>],
    recognised: [Recognised?] = [], models: [Model] = [], rules: [PhaseRule],
    exchangeCutoff: Double, pairCutoffs: Set<Double> = [], freesImages: Bool = false,
    team: FrameTeam, timings: Timings
  ) {
    self.frame = frame
    self.team = team
    self.probabilities = probabilities
    self.memberProbabilities = memberProbabilities
    self.projections = projections
    self.timings = timings
    self.recognised = recognised
    self.models = models
    unfamiliar = rules.map { _ in nil }
    self.rules = rules
    self.exchangeCutoff = exchangeCutoff
    self.pairCutoffs = pairCutoffs.sorted(by: >)
    self.freesImages = freesImages
    labels = rules.map { _ in nil }
    allCodes = rules.map { _ in nil }
    allPhases = rules.map { _ in nil }
  }

  /// Finds the ways to the halo copies, and what is unfamiliar. Collective over the team.
  public func prepare() throws {
    try recognise()
    guard !domain.isWhole else { return }
    routes = try HaloRoutes(pairs(within: exchangeCutoff), domain: domain, team: team)
    timings.end(.neighbours)
  }

  /// Marks the unfamiliar molecules of each model with a guard: its probabilities are adapted to
  /// the fraction of foreign molecules in the whole frame, whose histogram is one message for all
  /// models.
  private func recognise() throws {
    let guarded = models.indices.compactMap { m in models[m].guardHead.map { (m, $0) } }
      .filter { recognised[$0.0] != nil }
    guard !guarded.isEmpty else { return }
    let width = ForeignFraction.binCount
    var words = [Int64](repeating: 0, count: guarded.count * width)
    for (place, (m, _)) in guarded.enumerated() {
      for odds in recognised[m]!.odds {
        words[place * width + ForeignFraction.bin(odds: odds)] += 1
      }
    }
    words = try team.sum(words)
    for (place, (m, head)) in guarded.enumerated() {
      let foreign = ForeignFraction(
        counts: Array(words[(place * width)..<((place + 1) * width)]), prior: head.prior,
        threshold: head.threshold)
      unfamiliar[m] = recognised[m]!.odds.map { Double($0) > foreign.leastOdds ? 1 : 0 }
      recognised[m]!.odds = []
    }
    timings.end(.network)
  }

  /// Bins of a model's familiarity scores, [owned, J]; empty without familiarity data, nil without
  /// a guard too. They take as much memory as all other results of a molecule, and are moved out:
  /// nil at a second call.
  public func takeBins(of model: Int) -> ArraySlice<UInt8>? {
    defer { recognised[model] = nil }
    return recognised[model]?.bins
  }

  /// Neighbours of the owned centres within a distance in Å, in grid order.
  public func pairs(within cutoff: Double) -> NeighborList { search(cutoff) }

  /// Number of pairs closer than `closeDistance`, counted from both sides.
  public func closePairs(within cutoff: Double) -> Int { search(cutoff).closePairs }

  private func search(_ cutoff: Double) -> NeighborList {
    if let known = pairLists.first(where: { $0.cutoff == cutoff }) { return known.list }
    let planned = pairCutoffs.filter { $0 >= Self.closeDistance }.prefix(8)
    let cutoffs = planned.contains(cutoff) ? Array(planned) : [cutoff]
    precondition(
      domain.extended.hasImages,
      "an observable that takes more than the list within its listCutoff has searchedImages")
    let found = domain.extended.pairs(within: cutoffs, closeDistance: Self.closeDistance)
    for (cutoff, list) in zip(cutoffs, found) { pairLists.append((cutoff, list)) }
    let wanted = pairCutoffs + (domain.isWhole ? [] : [exchangeCutoff])
    if freesImages, wanted.allSatisfy({ cutoff in pairLists.contains { $0.cutoff == cutoff } }) {
      domain.extended.releaseImages()
    }
    timings.end(.neighbours)
    return found[cutoffs.firstIndex(of: cutoff)!]
  }

  /// Labels of the owned centres by a model.
  public func labels(of model: Int) -> PhaseLabels {
    if let known = labels[model] { return known }
    let values = probabilities[model]
    var found = PhaseLabels(probabilities: values.span, rule: rules[model])
    if let marks = unfamiliar[model] { found = found.marking(unfamiliar: marks) }
    labels[model] = found
    return found
  }

  /// Phases of the owned centres by a model at the primary threshold; [owned].
  public func phases(of model: Int) -> [UInt8] {
    if let known = allPhases[model] { return known }
    let found = labels(of: model).phases()
    allPhases[model] = found
    return found
  }

  /// Codes of all centres on this rank by a model; [local]. Collective over the team.
  public func codes(of model: Int) throws -> [PhaseCode] {
    if let known = allCodes[model] { return known }
    let found = try localCodes(labels(of: model).codes)
    allCodes[model] = found
    return found
  }

  /// Codes of all centres on this rank from those of the owned centres; [local]. Collective over
  /// the team.
  public func localCodes(_ owned: [PhaseCode]) throws -> [PhaseCode] {
    guard !domain.isWhole else { return owned }
    var codes = [PhaseCode](repeating: PhaseCode(top: 0, level: 0), count: domain.localCount)
    for (k, local) in domain.owned.enumerated() { codes[Int(local)] = owned[k] }
    timings.end(.clusters)
    try routes?.fill(&codes)
    timings.end(.exchange)
    return codes
  }

  /// Fills in the words of halo copies; [local]. Collective over the team.
  public func fill(_ words: inout [Int64]) throws { try routes?.fill(&words) }

  /// Fills in the bytes of halo copies; [local]. Collective over the team.
  public func fill(_ bytes: inout [UInt8]) throws { try routes?.fill(&bytes) }

  /// Fills in the first `width` numbers of halo copies; [local]. Collective over the team.
  public func fill(_ vectors: inout [SIMD8<Double>], width: Int) throws {
    try routes?.fill(&vectors, width: width)
  }

  /// A value that several observables need, computed at its first use.
  public func shared<Value>(_ name: String, _ make: () throws -> Value) rethrows -> Value {
    if let known = sharedValues[name] as? Value { return known }
    let value = try make()
    sharedValues[name] = value
    return value
  }

  /// Layer of each owned centre; [owned].
  public func places(in layers: Layers) -> [Int32] {
    if let known = layerLists.first(where: { $0.layers == layers }) { return known.places }
    let centers = domain.centers
    let x = domain.ofOwned(centers.x), y = domain.ofOwned(centers.y), z = domain.ofOwned(centers.z)
    let places = layers.layers(x: x.span, y: y.span, z: z.span, cell: domain.cell)
    layerLists.append((layers, places))
    return places
  }
}
