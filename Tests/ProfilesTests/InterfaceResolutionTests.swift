import Profiles
import TestSupport
import Testing

@Suite(.tags(.fast)) struct InterfaceResolutionTests {
  /// A slab with steps of `width` (0: mathematically sharp) between `a` and `b` in a ring.
  private func slab(a: Double, b: Double, width: Double, layers: Int) -> LayerSums {
    let slab = TanhSlab(low: 0, layers: layers, a: a, b: b, width: width, images: 0)
    return LayerSums(
      low: 0, length: slab.length, molecules: [Double](repeating: 100, count: layers),
      probability: slab.means().map { 100 * $0 },
      uncertain: [Double](repeating: 0, count: layers))
  }

  /// Wherever in a layer the step lies.
  @Test(
    "a sharp step is never resolved, whatever the layers", arguments: [208, 104, 52, 35, 26])
  func sharp(layers: Int) {
    for k in 0..<40 {
      let a = 50 + Double(k) * 0.2137, b = 150 + Double(k) * 0.1731
      let series = InterfaceSeries(
        [slab(a: a, b: b, width: 0, layers: layers)], blocks: 1, isPeriodic: true)
      #expect(series.count == 2)
      for resolution in series.resolution {
        #expect(!resolution.isResolved && !resolution.isCoarse)
        #expect(resolution.layersAcross > 0.8 && resolution.layersAcross < 1.75)
        #expect(abs(resolution.upperBound - 2 * 208 / Double(layers)) < 1e-9)
      }
    }
  }

  /// Measured thickness against the true one, 3 w, in layers of 2 Å.
  @Test(
    "what the layers resolve is right within what they may add",
    arguments: [(2.5, 0.17), (3.0, 0.11), (4.0, 0.05), (6.0, 0.05)])
  func smooth(layersAcross: Double, tolerance: Double) {
    for k in 0..<20 {
      let a = 50 + Double(k) * 0.1, b = 150 + Double(k) * 0.1
      let series = InterfaceSeries(
        [slab(a: a, b: b, width: layersAcross * 2 / 3, layers: 104)], blocks: 1, isPeriodic: true)
      for resolution in series.resolution {
        #expect(resolution.isResolved)
        #expect(abs(resolution.layersAcross - layersAcross) < tolerance)
        #expect(resolution.isCoarse == (layersAcross < 3))
        #expect(!resolution.isFitAtBound)
      }
    }
  }

  /// `gibbs` of such a step exceeds two layers where the step is in the middle of one.
  @Test("a step thinner than two layers is not resolved", arguments: [1.5, 1.8, 1.95])
  func thin(layersAcross: Double) {
    var largest = 0.0
    for k in 0..<20 {
      let a = 50 + Double(k) * 0.1, b = 150 + Double(k) * 0.1
      let series = InterfaceSeries(
        [slab(a: a, b: b, width: layersAcross * 2 / 3, layers: 104)], blocks: 1, isPeriodic: true)
      for resolution in series.resolution {
        #expect(!resolution.isResolved && !resolution.isCoarse)
        #expect(abs(resolution.fittedLayers - layersAcross) < 0.01)
        largest = max(largest, resolution.layersAcross)
      }
    }
    #expect(layersAcross < 1.9 || largest > 2)
  }

  /// A step on the border of two layers is the same for every width below a twentieth of a layer.
  @Test func fitOfASharpStepIsMarked() {
    let series = InterfaceSeries(
      [slab(a: 50, b: 150, width: 0, layers: 104)], blocks: 1, isPeriodic: true)
    #expect(series.resolution.allSatisfy { $0.isFitAtBound })
  }
}
