import Frames

/// The cell of every frame.
struct Box: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "edges", "/particles/centers/box/edges", .float64, [.numbers(3), .numbers(3)],
      unit: "Angstrom", "edge vectors of the cell, one per row"),
    .frame(
      "origin", "/particles/centers/box/origin", .float64, [.numbers(3)], unit: "Angstrom",
      "origin of the cell"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] { [Box()] }

  let binding = ObservableBinding()

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    let cell = frame.cell
    share.store("edges", .reals([cell.a, cell.b, cell.c].flatMap { [$0.x, $0.y, $0.z] }))
    share.store("origin", .reals([cell.origin.x, cell.origin.y, cell.origin.z]))
  }
}
