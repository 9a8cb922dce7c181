import Foundation
import Geometry
import HDF5
import JobControl
import ProgramSupport
import TestSupport

@testable import Pipeline

/// Valid but extreme frames that are nothing like water, to test the kernels.
struct HostileGeometry {
  private var generator: SeededGenerator

  init(_ generator: SeededGenerator) { self.generator = generator }

  /// A dump of one to three frames.
  mutating func dump() -> [UInt8] {
    let molecules = [1, 2, 3, 5, 17, 60][generator.integer(below: 6)]
    let frames = 1 + generator.integer(below: 3)
    var text = ""
    for f in 0..<frames { text += frame(step: 10 * f, molecules: molecules) }
    return Array(text.utf8)
  }

  /// A length from thousandths to millions of Å, mostly a few Å.
  private mutating func length() -> Double {
    switch generator.integer(below: 12) {
    case 0: [1e-3, 0.01, 0.1, 1e5, 1e7, 3e8][generator.integer(below: 6)]
    case 1: generator.uniform(0.05, 1)
    case 2: generator.uniform(100, 5000)
    case 3: 3
    default: generator.uniform(2, 25)
    }
  }

  private mutating func frame(step: Int, molecules: Int) -> String {
    let edges = (0..<3).map { _ in length() }
    let low = (0..<3).map { _ in generator.integer(below: 4) == 0 ? generator.uniform(-1e4, 1e4) : 0
    }
    let words = ["pp", "pp", "pp", "ff", "ss", "mm", "fs"]
    let boundary = (0..<3).map { _ in words[generator.integer(below: words.count)] }.joined(
      separator: " ")
    var text = "ITEM: TIMESTEP\n\(step)\nITEM: NUMBER OF ATOMS\n\(3 * molecules)\n"
    switch generator.integer(below: 4) {
    case 0, 1:
      text += "ITEM: BOX BOUNDS \(boundary)\n"
      for k in 0..<3 { text += "\(low[k]) \(low[k] + edges[k])\n" }
    case 2:
      // Tilts up to many edges.
      let lean = (0..<3).map { _ in
        generator.integer(below: 3) == 0 ? generator.uniform(-9, 9) : generator.uniform(-0.5, 0.5)
      }
      let t = [lean[0] * edges[0], lean[1] * edges[0], lean[2] * edges[1]]
      let xs = [0, t[0], t[1], t[0] + t[1]]
      text += "ITEM: BOX BOUNDS xy xz yz \(boundary)\n"
      text += "\(low[0] + xs.min()!) \(low[0] + edges[0] + xs.max()!) \(t[0])\n"
      text += "\(low[1] + min(0, t[2])) \(low[1] + edges[1] + max(0, t[2])) \(t[1])\n"
      text += "\(low[2]) \(low[2] + edges[2]) \(t[2])\n"
    default:
      text += "ITEM: BOX BOUNDS abc origin \(boundary)\n"
      for k in 0..<3 {
        let v = (0..<3).map {
          $0 == k
            ? edges[k]
            : generator.uniform(-1, 1) * (generator.integer(below: 2) == 0 ? 0 : edges[k])
        }
        text += "\(v[0]) \(v[1]) \(v[2]) \(low[k])\n"
      }
    }
    text += "ITEM: ATOMS id type x y z\n"
    var last = [0.0, 0, 0]
    let crowd = generator.integer(below: 5)
    for id in 1...(3 * molecules) {
      last = place(after: last, edges, low, crowd)
      text += "\(id) \(id % 3 == 1 ? 1 : 2) \(last[0]) \(last[1]) \(last[2])\n"
    }
    return text
  }

  /// Anywhere; at the position of the last atom, or very close to it; on a face; far outside.
  private mutating func place(
    after last: [Double], _ edges: [Double], _ low: [Double], _ crowd: Int
  ) -> [Double] {
    switch generator.integer(below: 8) {
    case 0 where crowd == 0: last
    case 1 where crowd <= 1: last.map { $0.nextUp }
    case 2: (0..<3).map { low[$0] + edges[$0] * Double(generator.integer(below: 3)) / 2 }
    case 3: (0..<3).map { low[$0] + edges[$0].nextDown }
    case 4: (0..<3).map { low[$0] + edges[$0] * generator.uniform(-40, 40) }
    case 5 where crowd == 2: (0..<3).map { _ in generator.uniform(-9e8, 9e8) }
    case 6 where crowd >= 3: last.map { $0 + generator.uniform(-1.2, 1.2) }
    default: (0..<3).map { low[$0] + edges[$0] * generator.uniform() }
    }
  }
}

extension Corpus {
  /// The whole of `analyze` on hostile frames, with options derived from the frames; the results
  /// must be consistent.
  func geometry() -> Prepared {
    var prepared = Prepared([dump]) { path in
      let hash = try bytes(of: path).reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
        ($0 ^ UInt64($1)) &* 0x100_0000_01B3
      }
      var generator = SeededGenerator(seed: hash)
      var options = self.options
      options.trajectories = [path]
      options.output = self.path("results.h5")
      options.profileAxis = [nil, 0, 1, 2][generator.integer(below: 4)]
      options.layerWidth = [0.3, 2, 2, 50][generator.integer(below: 4)]
      options.clusterCutoff = [0.1, 3, 3, 12][generator.integer(below: 4)]
      options.neighborCutoff = [0.1, 3, 3, 12][generator.integer(below: 4)]
      options.thresholds = [[0.95], [0.5], [0.9, 0.501]][generator.integer(below: 3)]
      options.minimumCluster = [1, 3][generator.integer(below: 2)]
      options.precision = [.single, .double][generator.integer(below: 2)]
      options.perMolecule = [.all, .standard, []][generator.integer(below: 3)]
      options.skipsBadFrames = generator.integer(below: 2) == 0
      options.neighborCount =
        generator.integer(below: 2) == 0 ? NeighborCountRule(parsing: "LDA,HDA=4:4.2") : nil
      options.regions = generator.integer(below: 2) == 0 ? [Region(parsing: "part=y:1:2.5")!] : []
      _ = try Analysis.run(options, on: world)
      try check(options)
    }
    prepared.damage = { mutator, _ in
      var hostile = HostileGeometry(SeededGenerator(seed: mutator.generator.next()))
      let bytes = hostile.dump()
      return mutator.generator.integer(below: 8) == 0 ? mutator.mutate(bytes) : bytes
    }
    return prepared
  }

  /// Every molecule of a frame that is done has one phase, and probabilities that add up to 1.
  private func check(_ options: AnalysisOptions) throws {
    let file = try File.open(options.output)
    let done = try file.dataset(ResultsSchema.done).readAll(UInt8.self)
    let molecules = try file.dataset("/particles/centers/id").shape[0]
    let counts = try file.dataset("/observables/small/argmax_count/value").readAll(Int64.self)
    for (frame, mark) in done.enumerated() where mark == 1 {
      guard counts[2 * frame] + counts[2 * frame + 1] == Int64(molecules) else {
        fatalError("frame \(frame): molecules without a phase")
      }
    }
    guard options.perMolecule.contains(.probability) else { return }
    let p = try file.dataset("/particles/centers/small/probability/value").readAll(Float.self)
    for (frame, mark) in done.enumerated() where mark == 1 {
      for k in 0..<molecules {
        let (a, b) = (p[2 * (frame * molecules + k)], p[2 * (frame * molecules + k) + 1])
        guard a >= 0, b >= 0, abs(a + b - 1) < 1e-5 else {
          fatalError("frame \(frame), molecule \(k): probabilities \(a) and \(b)")
        }
      }
    }
  }
}
