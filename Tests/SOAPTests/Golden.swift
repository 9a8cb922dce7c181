import Foundation
import Geometry

/// SOAP vectors made by DScribe 2.1.2; see Fixtures/make_golden.py.
struct GoldenCase: Decodable, Sendable, CustomStringConvertible {
  let name: String
  let n_max: Int, l_max: Int
  let r_cut: Double, sigma: Double, effective: Double
  let species: [Int], numbers: [Int], centres: [Int]
  let pbc: [Bool]
  let cell: [Int], positions: [Int], descriptor: [Int]
  var description: String { name }

  private static let file: (cases: [GoldenCase], values: [Double]) = {
    let url = Bundle.module.url(forResource: "Fixtures/golden_soap", withExtension: "bin")!
    // A fixture that cannot be read means a damaged checkout: trap.
    // swift-format-ignore: NeverUseForceTry
    let data = try! Data(contentsOf: url)
    let end = data.firstIndex(of: UInt8(ascii: "\n"))!
    // swift-format-ignore: NeverUseForceTry
    let cases = try! JSONDecoder().decode([GoldenCase].self, from: data[..<end])
    let values = data[(end + 1)...].withUnsafeBytes { raw in
      (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
    return (cases, values)
  }()

  static var all: [GoldenCase] { file.cases }

  private func block(_ place: [Int]) -> ArraySlice<Double> {
    Self.file.values[place[0]..<(place[0] + place[1] * place[2])]
  }
  var cellVectors: [Vector] { rows(cell) }
  var atomPositions: [Vector] { rows(positions) }
  private func rows(_ place: [Int]) -> [Vector] {
    let v = Array(block(place))
    return (0..<place[1]).map { Vector(v[3 * $0], v[3 * $0 + 1], v[3 * $0 + 2]) }
  }
  /// The vector of the k-th centre.
  func vector(_ k: Int) -> [Double] {
    let d = descriptor[2], start = descriptor[0] + k * d
    return Array(Self.file.values[start..<(start + d)])
  }
}
