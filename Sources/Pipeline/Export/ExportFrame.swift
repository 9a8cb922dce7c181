import Geometry
import HDF5
import JobControl
import Phases

/// One frame of one model as atoms with columns, for extended XYZ and LAMMPS dumps.
struct ExportFrame {
  let step: Int64
  /// Time in ps; NaN if unknown.
  let time: Double
  /// Pressure in GPa; NaN if unknown.
  let pressure: Double
  let cell: Cell
  /// Rows of the arrays below that are written.
  let chosen: [Int]
  /// Positions and ids [N].
  let atoms: AtomTable
  /// Phase [N], IA = K.
  let phases: [UInt8]
  /// Kind of IA [N]: 0 not IA, 1 interfacial, 2 isolated, 3 other.
  let kinds: [UInt8]
  /// Class probabilities [N, K], if stored.
  let probabilities: [Float]?
  /// Cluster name [N], if stored.
  let clusters: [Int64]?

  /// Reads a frame.
  ///
  /// - Parameters:
  ///   - neighborCutoff: distance in Å of the IA split.
  ///   - slices: slabs that contain the selected molecules.
  init(
    row: Int, model: ResultsOutline.StoredModel, atoms: AtomTable, cell: Cell, pressure: Double,
    neighborCutoff: Double, slices: [Slab],
    in results: borrowing StoredResults
  ) throws {
    let n = atoms.count, k = model.classes.count
    let particles = "/particles/centers/\(model.group)"
    func has(_ name: String) -> Bool { results.file.exists("\(particles)/\(name)/value") }
    let stored =
      has("probability")
      ? try results.read("\(particles)/probability/value", row: row, shape: [n, k], as: Float.self)
      : nil
    // The labelling by neighbour count has no threshold: its phases are stored, not derived from
    // probabilities.
    let rule = PhaseRule(classCount: k, thresholds: [model.thresholds.first ?? 1])
    let labels: PhaseLabels
    if has("phase") {
      let codes = try results.read("\(particles)/phase/value", row: row, shape: [n], as: UInt8.self)
        .map { phase in
          Int(phase) == k + 1
            ? rule.unfamiliarCode
            : PhaseCode(top: Int(phase) < k ? phase : 0, level: Int(phase) < k ? 1 : 0)
        }
      labels = PhaseLabels(codes: codes, rule: rule)
    } else if let stored {
      labels = PhaseLabels(probabilities: stored.span, rule: rule)
    } else {
      throw RunError(
        "\(results.outline.path) holds neither phases nor probabilities of model \(model.name); "
          + "run analyze with --per-molecule probability,phase,cluster", .badData)
    }
    let split = IntermediateSplit(
      neighbors: Self.neighbors(atoms, cell, cutoff: neighborCutoff), codes: labels.codes,
      rule: rule)
    step = results.outline.steps[row]
    time = results.outline.times[row]
    self.pressure = pressure
    self.cell = cell
    self.atoms = atoms
    phases = labels.phases()
    kinds = split.kinds.map { $0 == IntermediateSplit.notIntermediate ? 0 : $0 + 1 }
    probabilities = stored
    clusters =
      has("cluster")
      ? try results.read("\(particles)/cluster/value", row: row, shape: [n], as: Int64.self) : nil
    chosen = (0..<n).filter { i in slices.allSatisfy { $0.contains(atoms.position(i), in: cell) } }
  }

  /// All pairs of centres within the cutoff, periodic images included.
  private static func neighbors(_ atoms: AtomTable, _ cell: Cell, cutoff: Double) -> NeighborList {
    let grid = CellGrid(
      cell: cell, targetWidth: max(cutoff, 1) / 2, bounds: atoms.fractionalBounds(in: cell),
      atomCount: atoms.count)
    let extended = ExtendedGrid(
      atoms: atoms, speciesCount: 1, grid: grid, region: grid.wholeRegion, cutoff: cutoff)
    return extended.pairs(within: cutoff, closeDistance: 0)
  }
}

/// Colours of phases, red green blue from 0 to 1: those of the paper for LDA, HDA and IA, our own
/// for the others.
enum PhaseColor {
  private static let known: [String: (Double, Double, Double)] = [
    "LDA": (0.91, 0.53, 0.12), "HDA": (0.13, 0.40, 0.67), "MDA": (0.48, 0.25, 0.63),
    "IA": (0.18, 0.62, 0.31), "unfamiliar": (0.84, 0.15, 0.16),
  ]
  private static let spare: [(Double, Double, Double)] = [
    (0.27, 0.27, 0.27), (0.70, 0.09, 0.17), (0.0, 0.51, 0.56), (0.68, 0.55, 0.0),
  ]

  /// `red green blue` of the k-th phase.
  static func text(_ name: String, _ k: Int) -> String {
    let color = known[name] ?? spare[k % spare.count]
    return "\(color.0) \(color.1) \(color.2)"
  }
}
