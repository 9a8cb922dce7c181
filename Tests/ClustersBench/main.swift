import Foundation
import Geometry
import Phases

// What bench/clusters.py measures and checks: the neighbours and clusters of points from a
// file, on one core, without MPI.
//
//   clusters-bench POINTS LABELS CUTOFF A,B,C [ROUNDS] [RANKS,RANKS…]
//
// POINTS holds x, y, z of each point (64-bit, native order), the cell has edges A, B, C in Å and is
// periodic. LABELS receives the smallest point of each point's cluster (64-bit integers, from 0).
// Prints JSON: seconds of each round's steps, clusters, the largest, and for each number of RANKS,
// simulated one after the other in this process, whether the result is the same and how many words
// were exchanged.

/// Seconds on a monotonic clock.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

func fail(_ text: String) -> Never {
  FileHandle.standardError.write(Data("clusters-bench: \(text)\n".utf8))
  exit(64)
}

let words = CommandLine.arguments.dropFirst()
guard words.count >= 4, let cutoff = Double(words[3]) else {
  fail("expected POINTS LABELS CUTOFF A,B,C [ROUNDS] [RANKS,…]")
}
let edges = words[4].split(separator: ",").compactMap { Double($0) }
let rounds = words.count > 4 ? Int(words[5]) ?? 0 : 1
let rankCounts = words.count > 5 ? words[6].split(separator: ",").compactMap { Int($0) } : []
guard edges.count == 3, rounds > 0 else { fail("expected three edges and at least one round") }

let data = try Data(contentsOf: URL(fileURLWithPath: words[1]))
let numbers = data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
let count = numbers.count / 3
guard count > 0, numbers.count == 3 * count else {
  fail("\(words[1]) does not hold three numbers for each point")
}
let cell = try Cell(lengths: Vector(edges[0], edges[1], edges[2]))
let ids = (0..<Int64(count)).map { $0 }
let species = [UInt8](repeating: 0, count: count)
let phases = [UInt8](repeating: 0, count: count)
let x = (0..<count).map { numbers[3 * $0] }, y = (0..<count).map { numbers[3 * $0 + 1] },
  z = (0..<count).map { numbers[3 * $0 + 2] }

var report: [[String: Double]] = []
var last: (neighbors: NeighborList, clusters: Clusters)?
for _ in 0..<rounds {
  last = nil
  let start = now()
  let atoms = AtomTable(ids: ids, species: species, x: x, y: y, z: z, wrappedInto: cell)
  let grid = CellGrid(
    cell: cell, targetWidth: cutoff, bounds: atoms.fractionalBounds(in: cell), atomCount: count)
  let extended = ExtendedGrid(
    atoms: atoms, speciesCount: 1, grid: grid, region: grid.wholeRegion, cutoff: cutoff)
  let sorted = now()
  let neighbors = extended.pairs(within: cutoff, closeDistance: 0)
  let searched = now()
  let clusters = Clusters(neighbors: neighbors, phases: phases, phaseCount: 1, ids: ids)
  let done = now()
  report.append([
    "grid": sorted - start, "neighbours": searched - sorted, "clusters": done - searched,
    "total": done - start,
  ])
  last = (neighbors, clusters)
}
guard let last else { fail("no round was made") }
try last.clusters.names.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: words[2])) }

var simulated: [[String: Any]] = []
for ranks in rankCounts {
  // Slabs along z: every winding of a cluster along x and y crosses every rank, and each rank has
  // periodic images of itself.
  let owner = z.map { Int32(min(max(Int($0 / edges[2] * Double(ranks)), 0), ranks - 1)) }
  let found = RanksInTurn(last.neighbors, phases: phases, ids: ids, owner: owner, rankCount: ranks)
  simulated.append([
    "ranks": ranks,
    "same": found.names == last.clusters.names && found.clusters == last.clusters.ordered(),
    "rounds": found.rounds,
    "messages": found.messages, "words": found.words, "largest": found.largestMessage,
  ])
}
let ordered = last.clusters.ordered()
let fault = ClusterVerifier.fault(
  names: last.clusters.names, clusters: last.clusters.all, neighbors: last.neighbors,
  phases: phases, ids: ids)
let result: [String: Any] = [
  "points": count, "seconds": report, "pairs": last.neighbors.entryCount / 2,
  "clusters": ordered.count, "largest": ordered[0].size,
  "spans": (0..<3).map { ordered[0].spans(axis: $0) }, "fault": fault ?? "", "ranks": simulated,
]
let text = try JSONSerialization.data(withJSONObject: result, options: [.sortedKeys])
FileHandle.standardOutput.write(text + Data("\n".utf8))
