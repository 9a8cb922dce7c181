import Foundation
import Profiles
import TestSupport
import Testing

@Suite(.tags(.fast)) struct InterfaceProfileTests {
  /// Finely sampled, the definitions are 3.000, 2.944, 2.197, 2.773 and 2.000 w.
  @Test func thicknessesOfTanh() throws {
    let w = 3.67
    let slab = TanhSlab(layers: 2080, a: 40.123, b: 141.777, width: w)
    let found = InterfaceFinder().interfaces(
      profile: slab.means(), edges: slab.edges, isPeriodic: true)
    try #require(found.count == 2)
    for (interface, place) in zip(found, [slab.a, slab.b]) {
      #expect(abs(interface.position - place) < 1e-3)
      #expect(abs(interface.crossing - place) < 1e-3)
      #expect(abs(interface.thickness.gibbs / w - 3) < 0.001)
      #expect(abs(interface.thickness.fiveToNinetyFive / w - 2.944) < 0.001)
      #expect(abs(interface.thickness.tenToNinety / w - 2.197) < 0.001)
      #expect(abs(interface.thickness.ramp / w - 2.773) < 0.001)
      #expect(abs(interface.thickness.gradient / w - 2) < 0.001)
      #expect(abs(interface.fit.width / w - 1) < 1e-4)
      #expect(abs(interface.fit.position - place) < 1e-3)
      #expect(interface.fit.residual < 1e-4)
    }
    #expect(found[0].rises && !found[1].rises)
  }

  /// With 2 Å layers: positions within 0.01 Å, thicknesses within 1.5 % (gradient 3 %), wherever
  /// the interface lies in its layer.
  @Test(arguments: 0..<10) func thicknessesFromTwoAngstromLayers(tenth: Int) throws {
    let w = 3.67
    let slab = TanhSlab(
      layers: 104, a: 40 + 0.2 * Double(tenth), b: 141.3 + 0.2 * Double(tenth), width: w,
      bottom: 0.02, top: 0.97)
    let found = InterfaceFinder().interfaces(
      profile: slab.means(), edges: slab.edges, isPeriodic: true)
    try #require(found.count == 2)
    for (interface, place) in zip(found, [slab.a, slab.b]) {
      #expect(abs(interface.position - place) < 0.01)
      #expect(abs(interface.crossing - place) < 0.02)
      #expect(abs(interface.thickness.gibbs / w / 3 - 1) < 0.015)
      #expect(abs(interface.thickness.fiveToNinetyFive / w / 2.944 - 1) < 0.015)
      #expect(abs(interface.thickness.tenToNinety / w / 2.197 - 1) < 0.015)
      #expect(abs(interface.thickness.ramp / w / 2.773 - 1) < 0.015)
      #expect(abs(interface.thickness.gradient / w / 2 - 1) < 0.03)
      #expect(abs(interface.fit.width / w - 1) < 0.001)
    }
  }

  /// Noise of 0.03 per layer, more than in a frame with 50 molecules per layer: positions scatter
  /// by 0.35 Å, the mean `gibbs` is 8 % too small (ρ² is sensitive to the remaining roughness), the
  /// levels and the ramp up to 7 % too large, the fit unbiased.
  @Test func noiseMakesNoInterfacesAndDoesNotThickenThem() throws {
    let w = 3.67
    var sums = [Double](repeating: 0, count: 5)
    var squaredError = 0.0
    for seed in 0..<100 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let slab = TanhSlab(
        layers: 104, a: 40 + generator.uniform(0, 2), b: 140 + generator.uniform(0, 2), width: w)
      let noisy = slab.means().map { $0 + 0.03 * generator.normal() }
      let found = InterfaceFinder().interfaces(profile: noisy, edges: slab.edges, isPeriodic: true)
      try #require(found.count == 2)
      for (interface, place) in zip(found, [slab.a, slab.b]) {
        let t = interface.thickness
        let widths = [
          t.gibbs / 3, t.fiveToNinetyFive / 2.944, t.tenToNinety / 2.197, t.ramp / 2.773,
          interface.fit.width,
        ]
        for (k, width) in widths.enumerated() { sums[k] += width / w / 200 }
        squaredError += (interface.position - place) * (interface.position - place) / 200
        #expect(abs(t.gibbs / w / 3 - 1) < 0.35)
        #expect(abs(interface.position - place) < 1.2)
      }
    }
    #expect(squaredError.squareRoot() < 0.36)
    for mean in sums { #expect(abs(mean - 1) < 0.1) }
    #expect(abs(sums[4] - 1) < 0.02)
  }

  @Test func onePhaseHasNone() {
    var generator = SeededGenerator(seed: 3)
    let edges = (0...100).map { 2 * Double($0) }
    for seed in 0..<50 {
      let profile = (0..<100).map { _ in (seed % 2 == 0 ? 0.02 : 0.5) + 0.04 * generator.normal() }
      #expect(
        InterfaceFinder().interfaces(profile: profile, edges: edges, isPeriodic: true).isEmpty)
    }
    #expect(
      InterfaceFinder().interfaces(
        profile: [Double](repeating: 1, count: 100), edges: edges, isPeriodic: false
      ).isEmpty)
    #expect(
      InterfaceFinder().interfaces(
        profile: [Double](repeating: .nan, count: 100), edges: edges, isPeriodic: true
      ).isEmpty)
    // A nucleus two layers wide has no plateau.
    var nucleus = [Double](repeating: 0.01, count: 100)
    nucleus[40] = 0.9
    nucleus[41] = 0.8
    for isPeriodic in [true, false] {
      #expect(
        InterfaceFinder().interfaces(profile: nucleus, edges: edges, isPeriodic: isPeriodic).isEmpty
      )
    }
  }

  /// The same interfaces wherever the periodic boundary is, also in the middle of one.
  @Test func periodicProfilesMayBeCutAnywhere() throws {
    var reference: [Interface] = []
    for cut in stride(from: 0, to: 104, by: 3) {
      let slab = TanhSlab(layers: 104, a: 40.5, b: 141.3, width: 3)
      let means = slab.means()
      let turned = (0..<104).map { means[($0 + cut) % 104] }
      let found = InterfaceFinder().interfaces(profile: turned, edges: slab.edges, isPeriodic: true)
      try #require(found.count == 2)
      if cut == 0 { reference = found }
      let rising = found.first { $0.rises }!
      let falling = found.first { !$0.rises }!
      #expect(abs(rising.shift(from: reference[0], period: 208) + wrap(2 * Double(cut))) < 1e-9)
      #expect(abs(falling.shift(from: reference[1], period: 208) + wrap(2 * Double(cut))) < 1e-9)
      #expect(abs(rising.thickness.gibbs - reference[0].thickness.gibbs) < 1e-9)
      #expect(rising.position >= slab.low && rising.position < slab.low + 208)
    }
    func wrap(_ d: Double) -> Double { d - 208 * (d / 208).rounded() }
  }

  @Test func openAxisAndVacuum() throws {
    // One step along a non-periodic axis.
    let slab = TanhSlab(layers: 104, a: 60.3, b: 1e6, width: 3)
    let means = slab.means()
    let single = InterfaceFinder().interfaces(profile: means, edges: slab.edges, isPeriodic: false)
    #expect(single.count == 1)
    #expect(abs(single[0].position - 60.3) < 0.01)

    // LDA|HDA in a periodic cell with vacuum around: there is one interface, and none across the
    // vacuum.
    var film = means
    for k in 80..<104 { film[k] = .nan }
    film[20] = .nan  // an empty layer inside is interpolated
    let found = InterfaceFinder().interfaces(profile: film, edges: slab.edges, isPeriodic: true)
    #expect(found.count == 1)
    #expect(abs(found[0].position - 60.3) < 0.05)
  }

  /// A sharp step between two layers: thinner than a layer, and all numbers are finite.
  @Test func stepFunction() throws {
    let edges = (0...60).map { 2 * Double($0) }
    let profile = (0..<60).map { $0 < 30 ? 0.0 : 1.0 }
    let found = InterfaceFinder().interfaces(profile: profile, edges: edges, isPeriodic: false)
    try #require(found.count == 1)
    #expect(abs(found[0].position - 60) < 1e-9)
    #expect(abs(found[0].crossing - 60) < 0.1)
    #expect(found[0].thickness.gibbs < 2.1 && found[0].thickness.gibbs > 0.5)
    #expect(found[0].fit.width <= 0.5)
  }
}
