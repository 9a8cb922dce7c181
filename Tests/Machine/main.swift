// verglas-machine RANKS MOLECULES [RANKS MOLECULES …]: what every rank of a large machine would
// hold and send for one frame, and the time that a LogGP model predicts from it.
//
// The counts are those of the program's own functions (partition, division, holders of a cell,
// pairs of ranks), run for all ranks in this one process. docs/scaling.md holds its tables.

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard numbers.count >= 2, numbers.count % 2 == 0, numbers.allSatisfy({ $0 > 0 }) else {
  fatalError("expected pairs of a number of ranks and a number of molecules")
}
let constants = Constants()
for line in constants.lines { print(line) }

func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = (value * scale).rounded() / scale
  return digits == 0 ? "\(Int(whole))" : "\(whole)"
}

func range(_ values: [Int]) -> String { "\(values.min() ?? 0)–\(values.max() ?? 0)" }

for k in stride(from: 0, to: numbers.count, by: 2) {
  let (ranks, molecules) = (numbers[k], numbers[k + 1])
  guard ranks > 1 else { continue }
  let machine = try Machine(
    molecules: molecules, ranks: ranks, ranksPerNode: constants.ranksPerNode)
  let cost = machine.cost(constants), former = machine.formerCost(constants)
  print(
    """

    \(molecules) molecules on \(ranks) ranks
      molecules per rank          \(range(machine.owned))
      halo molecules              \(range(machine.halo))
      neighbours in space         \(range(machine.neighbors))
      partners                    \(range(machine.partners))
      molecules while divided     \(machine.peak) at most
      histogram words             \(machine.histograms.flatMap { $0 }.reduce(0, +)) of the groups, \(machine.wholeHistograms.reduce(0, +)) of all nodes
      atoms sorted (measured)     \(fixed(machine.sortTime(ofPart: ranks / 2), 3)) µs per own or halo atom
      memory of atoms             \(fixed(Double(3 * (machine.owned.max()! + machine.halo.max()!)) * 140e-6, 1)) MB
    """)
  for (name, cost) in [("now", cost), ("all-to-all exchange", former)] {
    print(
      "  \(name): messages \(fixed(cost.messages, 0)), rounds \(fixed(cost.rounds, 0)), MB \(fixed(cost.bytes / 1e6, 2)); ms: latency \(fixed(cost.latency / 1000, 2)), transfer \(fixed(cost.transfer / 1000, 2)), atoms \(fixed(cost.work / 1000, 2)), molecules \(fixed(Double(machine.owned.max()!) * constants.molecule / 1000, 2)); efficiency \(fixed(machine.efficiency(cost, constants), 3))"
    )
  }
}
