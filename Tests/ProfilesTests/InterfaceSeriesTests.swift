import Foundation
import Profiles
import TestSupport
import Testing

/// A slab between `a` and `b` (Å) in a ring of `length`, as sums over layers of `molecules` each.
private func slab(
  a: Double, b: Double, width: Double = 3.67, length: Double = 208, layers: Int = 104,
  low: Double = -7.5
) -> LayerSums {
  let p = TanhSlab(
    length: length, low: low, layers: layers, a: a, b: b, width: width, images: 3
  ).means()
  // 100 molecules per layer, a tenth more in the slab; those near the step are uncertain.
  let molecules = p.map { 100 + 10 * $0 }
  return LayerSums(
    low: low, length: length, molecules: molecules, probability: zip(molecules, p).map { $0 * $1 },
    uncertain: zip(molecules, p).map { $0 * 4 * $1 * (1 - $1) })
}

private func value(_ quantity: InterfaceQuantity, _ values: [[Double]], _ i: Int) -> Double {
  values[InterfaceQuantity.allCases.firstIndex(of: quantity)!][i]
}

@Suite(.tags(.fast)) struct InterfaceSeriesTests {
  @Test(
    "moving a profile moves what is in it, keeps the sums and does not smear",
    arguments: [0.0, 0.3, 0.5, 1.0, 17.9, -2.25, -104, 250.75])
  func moved(layers: Double) {
    let sums = slab(a: 40.123, b: 141.777)
    let moved = sums.moved(by: layers),
      wanted = slab(a: 40.123 + 2 * layers, b: 141.777 + 2 * layers)
    // Seven images on each side are enough for a displacement of a few periods.
    if abs(layers) <= 104 {
      for k in 0..<104 { #expect(abs(moved.mean[k] - wanted.mean[k]) < 0.004) }
    }
    func total(_ values: [Double]) -> Double { values.reduce(0, +) }
    #expect(abs(total(moved.molecules) - total(sums.molecules)) < 1e-8)
    #expect(abs(total(moved.probability) - total(sums.probability)) < 1e-8)
    if layers == -104 { #expect(moved == sums) }
  }

  /// The slab goes around the ring twice while the cell shrinks: interfaces keep their numbers, and
  /// thicknesses are those of one frame.
  @Test func driftIsFollowed() throws {
    let frames = (0..<40).map { f -> LayerSums in
      let length = 208 - 0.1 * Double(f)
      let scale = length / 208
      let moved = 10.7 * Double(f)
      var sums = slab(
        a: (40.123 + moved).remainder(dividingBy: 208),
        b: (40.123 + moved).remainder(dividingBy: 208) + 101.654)
      sums.length = length
      sums.low *= scale
      return sums
    }
    let series = InterfaceSeries(frames, blocks: 4, isPeriodic: true)
    try #require(series.count == 2)
    #expect(series.rises == [true, false] || series.rises == [false, true])
    let shift = InterfaceShift(
      series, reference: [0], lengths: frames.map(\.length), isPeriodic: true)
    for f in 0..<40 {
      #expect(abs(shift.drift[f] - 10.7 * Double(f)) < 0.01, "frame \(f)")
      for i in 0..<2 { #expect(abs(shift.lessDrift[f][i]) < 0.01) }
    }
    // All at the mean drift, in the mean cell: thicknesses scale with it by one per cent.
    let single = InterfaceSeries([frames[0]], blocks: 4, isPeriodic: true)
    for quantity: InterfaceQuantity in [.gibbs, .fiveToNinetyFive, .tenToNinety, .ramp, .tanhWidth]
    {
      for i in 0..<2 {
        let scale =
          value(quantity, series.mean, i)
          / value(quantity, single.mean, series.rises[i] == single.rises[0] ? 0 : 1)
        #expect(abs(scale - series.meanProfile.length / 208) < 0.004, "\(quantity) \(scale)")
      }
    }
  }

  /// Two slabs with different interfaces that drift once around the ring; one of the four
  /// interfaces moves by 1.5 Å on the way.
  @Test func fourInterfaces() throws {
    let frames = (0..<30).map { f -> LayerSums in
      let moved = 7.3 * Double(f)
      func place(_ x: Double) -> Double { (x + moved).remainder(dividingBy: 208) }
      let thin = slab(a: place(20.3), b: place(20.3) + 49.8, width: 2.5)
      let wide = slab(a: place(120.4), b: place(120.4) + 48.8 + 1.5 * Double(f) / 29, width: 4)
      let p = zip(thin.mean, wide.mean).map { $0 + $1 }
      return LayerSums(
        low: thin.low, length: thin.length, molecules: p.map { 100 + 10 * $0 },
        probability: p.map { (100 + 10 * $0) * $0 },
        uncertain: p.map { (100 + 10 * $0) * 4 * $0 * (1 - $0) })
    }
    let series = InterfaceSeries(frames, blocks: 5, isPeriodic: true)
    try #require(series.count == 4)
    let shift = InterfaceShift(
      series, reference: [0], lengths: frames.map(\.length), isPeriodic: true)
    for f in 0..<30 {
      #expect(
        abs(shift.drift[f] - 7.3 * Double(f) - 1.5 * Double(f) / 29 / 4) < 0.02,
        "frame \(f): \(shift.drift[f])")
    }
    // Relative to the mean of the four, this one has moved by 3/4 of 1.5 Å, each of the others by
    // −1/4.
    let last = shift.lessDrift[29].sorted()
    #expect(
      zip(last, [-0.375, -0.375, -0.375, 1.125]).allSatisfy { abs($0 - $1) < 0.02 }, "\(last)")
    let widths = (0..<4).map { value(.tanhWidth, series.mean, $0) }.sorted()
    // The moving interface is smeared by its own motion, whose standard deviation is 0.45 Å.
    #expect(
      zip(widths.prefix(3), [2.5, 2.5, 4]).allSatisfy { abs($0 - $1) < 0.05 }
        && (4...4.15).contains(widths[3]), "\(widths)")
    #expect(
      series.rises.count { $0 } == 2
        && zip(series.rises, series.rises.dropFirst()).allSatisfy { $0 != $1 })
  }

  /// One interface along a non-periodic axis, moving at a constant rate: walls do not drift.
  @Test func oneInterfaceOnAnOpenAxis() throws {
    let frames = (0..<12).map { f -> LayerSums in
      let p = (0..<104).map { k in
        0.5 + 0.5 * tanh((2 * Double(k) + 1 - 80.3 - 0.7 * Double(f)) / 4)
      }
      return LayerSums(
        low: 0, length: 208, molecules: [Double](repeating: 100, count: 104),
        probability: p.map { 100 * $0 },
        uncertain: p.map { 400 * $0 * (1 - $0) })
    }
    let series = InterfaceSeries(frames, blocks: 3, isPeriodic: false)
    try #require(series.count == 1)
    #expect(series.rises == [true])
    let shift = InterfaceShift(
      series, reference: [0], lengths: frames.map(\.length), isPeriodic: false)
    for f in 0..<12 {
      #expect(
        abs(series.tracking.places[f][0] * 208 - 80.3 - 0.7 * Double(f)) < 0.05,
        "\(series.tracking.places[f])")
      #expect(shift.drift[f] == 0 && abs(shift.lessDrift[f][0] - 0.7 * Double(f)) < 0.05)
    }
  }

  @Test func errorsAndUncertainMolecules() throws {
    var generator = SeededGenerator(seed: 9)
    // Both interfaces jump apart by ±0.5 Å from frame to frame: 0.5/√40 for the mean of the
    // positions.
    let frames = (0..<40).map { _ in
      slab(a: 50 + generator.uniform(-1, 1) * 0.866, b: 150 + generator.uniform(-1, 1) * 0.866)
    }
    let series = InterfaceSeries(frames, blocks: 10, isPeriodic: false)
    try #require(series.count == 2)
    for i in 0..<2 {
      #expect(abs(value(.position, series.mean, i) - (i == 0 ? 50 : 150)) < 0.3)
      #expect((0.03...0.16).contains(value(.position, series.errors, i)))
      let q = InterfaceQuantity.allCases.firstIndex(of: .position)!
      #expect(abs(series.frameMeans[q][i].mean - value(.position, series.mean, i)) < 0.02)
      // Σ n·4p(1−p) over Σ n within ±1.5 w of a tanh: tanh(1.5)/1.5 = 0.6034 (the tenth more
      // molecules in the slab is even about it).
      #expect(abs(value(.uncertain, series.mean, i) - 0.6034) < 0.02)
    }
    let one = InterfaceSeries(Array(frames.prefix(1)), blocks: 5, isPeriodic: false)
    #expect(one.blockRanges == [0..<1])
    #expect(one.errors.allSatisfy { $0.allSatisfy { $0.isNaN } })
  }

  @Test func missingAndNone() {
    let flat = LayerSums(
      low: 0, length: 208, molecules: [Double](repeating: 100, count: 104),
      probability: [Double](repeating: 3, count: 104),
      uncertain: [Double](repeating: 0, count: 104))
    #expect(InterfaceSeries([flat, flat], blocks: 2, isPeriodic: true).count == 0)
    let some = InterfaceSeries(
      [slab(a: 50, b: 150), flat, slab(a: 50, b: 150)], blocks: 3, isPeriodic: true)
    #expect(some.count == 2)
    #expect(some.tracking.places[1].allSatisfy { $0.isNaN })
    #expect(some.tracking.places[2].allSatisfy { !$0.isNaN })
    // In one frame of three: a transient nucleus, not an interface of the run.
    #expect(
      InterfaceSeries([flat, slab(a: 50, b: 150), flat], blocks: 1, isPeriodic: true).count == 0)
  }

  @Test func hysteresis() throws {
    let there = (0...10).map { 0.2 + 0.04 * Double($0) }
    let drive = there + there.dropLast().reversed()
    let up = there.map { 5 * ($0 - 0.2) }
    let values = up + up.dropLast().reversed().map { $0 + 0.5 * (1 - $0 / 2) + 0.5 }
    let found = try #require(Hysteresis(of: values, drive: drive))
    #expect(found.turn == 10)
    #expect(abs(found.residual - 1) < 1e-12)
    #expect(abs(found.largest - 1) < 1e-12)
    #expect(found.mean > 0.5 && found.mean < 1)
    #expect(Hysteresis(of: up, drive: there) == nil)
    #expect(Hysteresis(of: [], drive: []) == nil)
  }
}
