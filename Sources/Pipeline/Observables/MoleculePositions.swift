import Frames

/// Positions of the centres, with `--per-molecule position`.
struct MoleculePositions: Observable {
  static let declarations: [ObservableDataset] = [
    .molecule(
      "position", "/particles/centers/position", .float32, [.numbers(3)], unit: "Angstrom",
      skipped: .notANumber, "positions, wrapped along periodic axes (`--per-molecule position`)")
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.options.perMolecule.contains(.position) ? [MoleculePositions()] : []
  }

  let binding = ObservableBinding()

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    let domain = frame.domain
    let positions = (0..<domain.centerCount).flatMap { k -> [Float] in
      let r = domain.position(ofOwned: k)
      return [Float(r.x), Float(r.y), Float(r.z)]
    }
    share.store("position", .singles(positions))
  }
}
