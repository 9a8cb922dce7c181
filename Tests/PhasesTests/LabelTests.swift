import Geometry
import Phases
import TestSupport
import Testing

/// Labels of an array of probabilities; a span of a literal makes Swift 6.3's debug compiler fail.
private func labelled(_ p: [Double], _ rule: PhaseRule) -> PhaseLabels {
  PhaseLabels(probabilities: p.span, rule: rule)
}
private func labelled(single p: [Float], _ rule: PhaseRule) -> PhaseLabels {
  PhaseLabels(probabilities: p.span, rule: rule)
}

@Suite(.tags(.fast)) struct PhaseLabelsTests {
  @Test func theTopClassMustExceedTheThreshold() {
    let rule = PhaseRule(classCount: 2, thresholds: [0.95])
    let labels = labelled([0.95, 0.05, 0.95.nextUp, 0.05, 0.02, 0.98, 0.5, 0.5], rule)
    #expect(labels.phases() == [2, 0, 1, 2])
    #expect(labels.counts == [1, 1, 2])
    #expect(labels.argmaxCounts == [3, 1])  // equal probabilities: the lowest class
  }

  /// Stored probabilities are compared by their exact value with the given threshold, not with a
  /// rounded one.
  @Test func singlePrecisionIsComparedInDouble() {
    let p: Float = 0.85  // 0.85000002…
    let labels = labelled(single: [p, 1 - p], PhaseRule(classCount: 2, thresholds: [0.85]))
    #expect(labels.phases() == [0])
    #expect(labelled([0.85, 0.15], labels.rule).phases() == [2])
  }

  @Test func notANumberIsIntermediate() {
    let rule = PhaseRule(classCount: 3, thresholds: [0.5])
    let labels = labelled([.nan, 0.9, 0.1, .nan, .nan, .nan, 0.2, .nan, 0.8], rule)
    #expect(labels.phases() == [1, 3, 2])
  }

  @Test(arguments: 0..<8) func allThresholdsAtOnceEqualOneByOne(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let k = 2 + seed % 3
    let thresholds = [0.95, 0.8, 0.98, 0.8, 0.4, 0.9, 0].shuffled(using: &generator)
    let rule = PhaseRule(classCount: k, thresholds: thresholds)
    let p = (0..<500 * k).map { _ in generator.integer(below: 10) == 0 ? 0.8 : generator.uniform() }
    let labels = labelled(p, rule)
    for (t, threshold) in thresholds.enumerated() {
      let expected = (0..<500).map { i -> UInt8 in
        let row = p[i * k..<(i + 1) * k]
        let best = row.max()!
        return best > threshold ? UInt8(row.firstIndex(of: best)! - i * k) : UInt8(k)
      }
      #expect(labels.phases(threshold: t) == expected)
      #expect(labels.codes.map { rule.phase($0, threshold: t) } == expected)
      for phase in 0...k {
        #expect(labels.counts[t * (k + 1) + phase] == Int64(expected.count { $0 == phase }))
      }
    }
    #expect(labels.argmaxCounts.reduce(0, +) == 500)
    let single = labelled(single: p.map(Float.init), rule)
    #expect(single.counts == labelled(p.map { Double(Float($0)) }, rule).counts)
  }

  @Test func crossTableCountsPairs() {
    let table = CrossTable([0, 1, 2, 2, 2], [3, 1, 1, 1, 0], rows: 3, columns: 4)
    #expect(table.counts == [0, 0, 0, 1, 0, 1, 0, 0, 1, 2, 0, 0])
    #expect(table[2, 1] == 2)
  }
}

@Suite(.tags(.fast)) struct IntermediateSplitTests {
  @Test(arguments: 0..<8) func equalsTheDefinition(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(40 + seed))
    let k = 2 + seed % 2
    let rule = PhaseRule(classCount: k, thresholds: [0.9, 0.5, 0.97, 0.7])
    let frame = LabelledFrame(
      count: 300, cell: try Cell(lengths: Vector(20, 14, 18)), cutoff: seed < 4 ? 3 : 2,
      phaseCount: 1, using: &generator)
    let p = (0..<300).flatMap { _ -> [Double] in
      let raw = (0..<k).map { _ in
        generator.uniform() * generator.uniform() * generator.uniform() + 1e-3
      }
      return raw.map { $0 / raw.reduce(0, +) }
    }
    let labels = labelled(p, rule)
    let split = IntermediateSplit(neighbors: frame.neighbors, codes: labels.codes, rule: rule)
    for t in rule.thresholds.indices {
      let phases = labels.phases(threshold: t)
      var counts: [Int64] = [0, 0, 0]
      for (row, center) in frame.neighbors.centers.enumerated() {
        let i = Int(center)
        guard phases[i] == k else {
          if t == 0 { #expect(split.kinds[i] == IntermediateSplit.notIntermediate) }
          continue
        }
        let around = frame.neighbors.neighbors[
          frame.neighbors.offsets[row]..<frame.neighbors.offsets[row + 1]
        ].map { phases[Int($0)] }
        let confident = Set(around.filter { $0 < k })
        let kind: IntermediateKind =
          confident.count >= 2
          ? .interfacial
          : !around.isEmpty && around.allSatisfy { $0 == around[0] && $0 < k } ? .isolated : .other
        counts[Int(kind.rawValue)] += 1
        if t == 0 { #expect(split.kinds[i] == kind.rawValue) }
      }
      #expect(Array(split.counts[t * 3..<t * 3 + 3]) == counts)
      #expect(counts.reduce(0, +) == labels.counts[t * (k + 1) + k])
    }
  }
}
