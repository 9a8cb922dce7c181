import Geometry
import JobControl
import Trajectories

/// What the distances of the first frame say of its lengths, its boundaries and its atoms.
///
/// One rank examines up to 20 000 centres, evenly chosen, in a grid of cells of 4 Å: O(atoms).
/// Where atoms crowd in few cells it stops early, after a fixed number of distances.
struct Plausibility {
  /// Centres examined.
  private(set) var centers = 0
  /// Those with another centre nearer than `overlap`.
  private(set) var overlapping = 0
  /// Those outside the periodic cell.
  private(set) var outside = 0
  /// Those of them that land on another centre when they are moved into the cell: nearer to it than
  /// 0.7 of the distance that 99 % of all centres keep from each other in the file.
  ///
  /// Sound positions keep their distances when they are wrapped, so that none does. Positions that
  /// do not belong to the cell land anywhere: with the density of water every second one.
  private(set) var landing = 0
  /// Those with another centre nearer than `contact` through the faces across each axis.
  private(set) var throughFaces = [0, 0, 0]
  /// Medians of the distances to the nearest centre and to the nearest hydrogen, in Å; nil if
  /// none is within 8 Å.
  private(set) var nearestCenter: Double?
  private(set) var nearestHydrogen: Double?
  /// Longest part of each axis without atoms, in Å across the faces.
  private(set) var emptyLength = [0.0, 0.0, 0.0]

  /// In Å.
  static let overlap = 1.5, contact = 2.0
  /// Atoms of a frame up to which one rank examines it.
  static let mostAtoms = 1_000_000
  /// Densities in g/cm³ of water, from a slab in a cell of five times its thickness to ice X.
  private static let densities = 0.1...3.5
  /// Distances after which no further centre is examined.
  private static let mostDistances = 40_000_000

  /// Examines a frame's atoms.
  ///
  /// - Parameters:
  ///   - center: species of the centres.
  ///   - hydrogen: species of hydrogen, if it is among the wanted ones.
  init(_ batch: AtomBatch, cell: Cell, center: Int, hydrogen: Int?) {
    let grid = Grid(batch, cell)
    let all = batch.species.indices.filter { batch.species[$0] == UInt8(center) }
    let stride = max(1, all.count / 20_000)
    var toCenter: [Double] = [], toHydrogen: [Double] = []
    // Distances in the file, without images, and those of centres outside after they are wrapped.
    var plain: [Double] = [], wrapped: [Double] = []
    var distances = 0
    for atom in Swift.stride(from: 0, to: all.count, by: stride).map({ all[$0] }) {
      guard distances < Self.mostDistances else { break }
      centers += 1
      var near = (center: Double.infinity, hydrogen: Double.infinity)
      var plainNear = Double.infinity
      let position = Vector(batch.x[atom], batch.y[atom], batch.z[atom])
      var image = Vector.zero
      grid.forEachNear(atom) { other, square, shift in
        distances += 1
        if batch.species[other] == UInt8(center) {
          let between = Vector(batch.x[other], batch.y[other], batch.z[other]) - position
          plainNear = min(plainNear, dot(between, between))
          if square < near.center {
            near.center = square
            image = shift
          }
        } else if let hydrogen, batch.species[other] == UInt8(hydrogen) {
          near.hydrogen = min(near.hydrogen, square)
        }
      }
      let distance = near.center.squareRoot()
      if distance < Self.overlap { overlapping += 1 }
      if plainNear < 64 { plain.append(plainNear.squareRoot()) }
      let s = cell.fractional(position)
      if (0..<3).contains(where: { cell.repeats(along: $0) && !(-0.01..<1.01).contains(s[$0]) }) {
        outside += 1
        wrapped.append(distance)
      }
      if distance < Self.contact {
        for axis in 0..<3 where image[axis] != 0 { throughFaces[axis] += 1 }
      }
      if near.center < 64 { toCenter.append(distance) }
      if near.hydrogen < 64 { toHydrogen.append(near.hydrogen.squareRoot()) }
    }
    let kept = plain.isEmpty ? Self.contact : plain.sorted()[plain.count / 100]
    landing = wrapped.count { $0 < 0.7 * kept }
    nearestCenter = Self.median(toCenter, of: centers)
    nearestHydrogen = hydrogen == nil ? nil : Self.median(toHydrogen, of: centers)
    for axis in 0..<3 { emptyLength[axis] = grid.longestGap(axis) * cell.heights[axis] }
  }

  private static func median(_ values: [Double], of count: Int) -> Double? {
    2 * values.count > count ? values.sorted()[values.count / 2] : nil
  }

  /// What a user should know.
  ///
  /// - Parameters:
  ///   - isWater: whether the centres are water's oxygens.
  ///   - saysBoundary: whether file or user say which axes repeat.
  ///   - density: of all atoms in g/cm³, if masses are known.
  ///   - countsOverlaps: whether overlapping centres are to be reported here.
  func warnings(
    path: String, format: String, symbol: String, isWater: Bool, saysBoundary: Bool,
    density: Double?, countsOverlaps: Bool
  ) -> [String] {
    guard centers > 0 else { return [] }
    var warnings: [String] = []
    let mass = density.map { ", \(Log.fixed($0, 3)) g/cm³" } ?? ""
    if isWater, let distance = nearestHydrogen, !(0.75...1.35).contains(distance) {
      warnings.append(
        "\(path): hydrogens are \(Log.fixed(distance, 3)) Å from their oxygens (0.96 Å in "
          + "water)\(mass): lengths are in another unit (\(Self.unit(distance / 0.96))), or "
          + "--types is wrong"
      )
    } else if isWater, nearestHydrogen == nil, let distance = nearestCenter,
      !(2.0...4.2).contains(distance)
    {
      warnings.append(
        "\(path): oxygens are \(Log.fixed(distance, 3)) Å apart (2.8 Å in water)\(mass): lengths "
          + "are in another unit (\(Self.unit(distance / 2.8))), or --types is wrong"
      )
    } else if isWater, nearestHydrogen == nil, nearestCenter == nil {
      warnings.append(
        "\(path): most oxygens have no other atom within 8 Å\(mass): lengths are in another unit, "
          + "or --types is wrong"
      )
    } else if isWater, let density, !Self.densities.contains(density) {
      warnings.append(
        "\(path): the density is \(Log.fixed(density, 3)) g/cm³, but distances are those of water: "
          + "most of the cell is empty, or its lengths are in another unit than the positions"
      )
    }
    for axis in 0..<3 where !saysBoundary {
      let name = ["x", "y", "z"][axis]
      let option = "--boundary \((0..<3).map { $0 == axis ? "f" : "p" }.joined(separator: ","))"
      if throughFaces[axis] >= 3, 50 * throughFaces[axis] >= centers {
        warnings.append(
          "\(path): \(throughFaces[axis]) of \(centers) \(symbol) atoms are closer than "
            + "\(Self.contact) Å to another one across the cell boundary along \(name): \(format) "
            + "does not state which axes are periodic, and all are assumed to be; if \(name) is "
            + "not, specify \(option)"
        )
      } else if emptyLength[axis] >= 8 {
        warnings.append(
          "\(path): \(Log.fixed(emptyLength[axis], 1)) Å along \(name) contain no atoms: \(format) "
            + "does not state which axes are periodic, and all are assumed to be; if \(name) is "
            + "not, specify \(option)"
        )
      }
    }
    if countsOverlaps, overlapping > 0 {
      warnings.append(
        "\(path): \(overlapping) of \(centers) \(symbol) atoms of the first frame are closer than "
          + "\(Self.overlap) Å to another one: atoms are duplicated, lengths are in another unit, "
          + "or --types is wrong"
      )
    }
    return warnings
  }

  /// The unit whose value in Å is nearest to a ratio.
  private static func unit(_ ratio: Double) -> String {
    let units = [("bohr", 1 / 0.529177), ("nm", 0.1), ("pm", 100.0), ("m", 1e-10)]
    let best = units.min { abs($0.1 / ratio - 1) < abs($1.1 / ratio - 1) }
    return best.map { abs($0.1 / ratio - 1) < 0.2 ? "\($0.0)?" : "not Å?" } ?? "not Å?"
  }
}

/// Atoms in cells of at least 4 Å.
private struct Grid {
  private let cell: Cell
  private let fractions: [Vector]
  private let counts: SIMD3<Int>
  /// First atom of each cell, and the one that follows each atom; −1 if there is none.
  private var first: [Int32]
  private var next: [Int32]

  init(_ batch: AtomBatch, _ cell: Cell) {
    self.cell = cell
    var fractions: [Vector] = []
    fractions.reserveCapacity(batch.count)
    for k in 0..<batch.count {
      var s = cell.fractional(Vector(batch.x[k], batch.y[k], batch.z[k]))
      for axis in 0..<3 where cell.repeats(along: axis) { s[axis] -= s[axis].rounded(.down) }
      fractions.append(s)
    }
    let heights = cell.heights
    // About as many cells as atoms at most, whatever size the cell has.
    let most = max(1, 2 * batch.count)
    var counts = SIMD3<Int>()
    for axis in 0..<3 {
      let wanted = heights[axis] / 4
      counts[axis] = wanted < Double(most) ? max(1, Int(wanted)) : most
    }
    while Double(counts.x) * Double(counts.y) * Double(counts.z) > Double(most) {
      let longest = (0..<3).max { counts[$0] < counts[$1] } ?? 0
      counts[longest] = max(1, counts[longest] / 2)
    }
    self.counts = counts
    first = [Int32](repeating: -1, count: counts.x * counts.y * counts.z)
    next = [Int32](repeating: -1, count: batch.count)
    self.fractions = fractions
    for k in fractions.indices {
      let place = index(coordinates(fractions[k]))
      next[k] = first[place]
      first[place] = Int32(k)
    }
  }

  private func coordinates(_ s: Vector) -> SIMD3<Int> {
    var place = SIMD3<Int>()
    for axis in 0..<3 {
      let value = s[axis] * Double(counts[axis])
      place[axis] = value >= 0 ? Int(min(value, Double(counts[axis] - 1))) : 0
    }
    return place
  }

  private func index(_ place: SIMD3<Int>) -> Int {
    (place.x * counts.y + place.y) * counts.z + place.z
  }

  /// Calls `body(other, square, image)` for the atoms in the cells around an atom, with the square
  /// of the distance in Å² to the nearest image.
  func forEachNear(_ atom: Int, _ body: (Int, Double, Vector) -> Void) {
    let s = fractions[atom]
    let home = coordinates(s)
    var seen: Set<Int> = []
    for dx in -1...1 {
      for dy in -1...1 {
        for dz in -1...1 {
          var place = home &+ SIMD3(dx, dy, dz)
          var isInside = true
          for axis in 0..<3 where !(0..<counts[axis]).contains(place[axis]) {
            if cell.repeats(along: axis) {
              place[axis] = (place[axis] + counts[axis]) % counts[axis]
            } else {
              isInside = false
            }
          }
          guard isInside, seen.insert(index(place)).inserted else { continue }
          var other = first[index(place)]
          while other >= 0 {
            if Int(other) != atom {
              var difference = fractions[Int(other)] - s
              var image = Vector.zero
              for axis in 0..<3 where cell.repeats(along: axis) {
                image[axis] = difference[axis].rounded()
                difference[axis] -= image[axis]
              }
              let d = cell.displacement(difference)
              body(Int(other), dot(d, d), image)
            }
            other = next[Int(other)]
          }
        }
      }
    }
  }

  /// The longest part of an axis without atoms, as a fraction, in steps of a thousandth; around
  /// the border too, if the axis repeats.
  func longestGap(_ axis: Int) -> Double {
    guard !fractions.isEmpty else { return 0 }
    let bins = 1000
    var isFull = [Bool](repeating: false, count: bins)
    for s in fractions {
      isFull[Int(min(max(0, s[axis] * Double(bins)), Double(bins - 1)))] = true
    }
    guard let start = isFull.firstIndex(of: true) else { return 0 }
    var longest = 0, run = 0
    for k in 1...bins {
      if isFull[(start + k) % bins] {
        longest = max(longest, run)
        run = 0
      } else {
        run += 1
      }
    }
    return Double(longest) / Double(bins)
  }
}
