import Geometry
import Glibc

/// Everything that defines a SOAP descriptor: the parameters of DScribe's `SOAP(rbf="gto")`, and
/// the species pairs that are kept.
public struct SOAPParameters: Sendable, Hashable {
  /// Chemical symbols by ascending atomic number.
  public let species: [String]
  /// Species of the centres.
  public let center: String
  /// Radius r_cut in Å that spans the radial basis. Atoms up to `effectiveCutoff` contribute.
  public let cutoffRadius: Double
  /// Number of radial functions n_max, from 1.
  public let radialCount: Int
  /// Highest degree l_max of the spherical harmonics, from 0.
  public let maximumDegree: Int
  /// Width σ of the Gaussians in Å.
  public let sigma: Double
  /// Kept species pairs, each as indices into `species` with first ≤ second, in feature order.
  public let pairs: [SpeciesPair]

  /// Two species whose expansions are multiplied: indices into `species`, by ascending atomic
  /// number.
  public struct SpeciesPair: Sendable, Hashable {
    /// Index of the lighter and of the heavier species.
    public let first: Int, second: Int
  }

  /// A validated set of parameters.
  ///
  /// - Parameters:
  ///   - species: chemical symbols in any order.
  ///   - center: symbol of the centre species; one of `species`.
  ///   - cutoffRadius: r_cut in Å, > 1 (the radial nodes run from 1 Å to r_cut).
  ///   - radialCount: n_max, 1 to 20.
  ///   - maximumDegree: l_max, 0 to 20.
  ///   - sigma: σ in Å, > 0.
  ///   - blocks: kept pairs such as `OH` or `HH` (either order of the two symbols); nil keeps all.
  /// - Throws: `SOAPError` if a value is invalid, with the range of valid values.
  public init(
    species: [String], center: String, cutoffRadius: Double, radialCount: Int, maximumDegree: Int,
    sigma: Double,
    blocks: [String]? = nil
  ) throws(SOAPError) {
    var numbered: [(number: Int, symbol: String)] = []
    for symbol in species {
      guard let number = atomicNumber(of: symbol) else {
        throw SOAPError(
          "'\(symbol)' is not a chemical element; name species by their symbols, e.g. O,H")
      }
      numbered.append((number, symbol))
    }
    numbered.sort { $0.number < $1.number }
    guard !numbered.isEmpty else { throw SOAPError("no species given; name at least one, e.g. O") }
    for k in 1..<max(numbered.count, 1) where numbered[k] == numbered[k - 1] {
      throw SOAPError("species \(numbered[k].symbol) is named twice")
    }
    guard species.contains(center) else {
      throw SOAPError(
        "the centre species \(center) is not among the species \(species.joined(separator: ","))")
    }
    guard cutoffRadius.isFinite, cutoffRadius > 1, cutoffRadius <= 50 else {
      throw SOAPError(
        "r_cut is \(cutoffRadius) Å; it must be more than 1 Å (where the radial nodes begin) and "
          + "at most 50 Å"
      )
    }
    guard (1...20).contains(radialCount) else {
      throw SOAPError("n_max is \(radialCount); it must be from 1 to 20")
    }
    guard (0...20).contains(maximumDegree) else {
      throw SOAPError("l_max is \(maximumDegree); it must be from 0 to 20")
    }
    guard sigma.isFinite, sigma > 0.01, sigma <= 10 else {
      throw SOAPError("sigma is \(sigma) Å; it must be from 0.01 to 10 Å")
    }
    let symbols = numbered.map(\.symbol)
    var all: [SpeciesPair] = []
    for a in symbols.indices {
      for b in a..<symbols.count { all.append(SpeciesPair(first: a, second: b)) }
    }
    if let blocks {
      var kept: Set<SpeciesPair> = []
      for block in blocks {
        guard
          let pair = all.first(where: {
            symbols[$0.first] + symbols[$0.second] == block
              || symbols[$0.second] + symbols[$0.first] == block
          }
          )
        else {
          let known = all.map { symbols[$0.second] + symbols[$0.first] }.joined(separator: ",")
          throw SOAPError(
            "'\(block)' is not a pair of the species \(symbols.joined(separator: ",")); the blocks "
              + "are \(known)"
          )
        }
        kept.insert(pair)
      }
      guard !kept.isEmpty else {
        throw SOAPError("no block remains; give at least one species pair, e.g. OH,HH")
      }
      all = all.filter(kept.contains)
    }
    self.species = symbols
    self.center = center
    self.cutoffRadius = cutoffRadius
    self.radialCount = radialCount
    self.maximumDegree = maximumDegree
    self.sigma = sigma
    self.pairs = all
  }

  /// Radius in Å within which atoms contribute, inclusive: r_cut + σ·sqrt(−2·ln 0.001), where
  /// DScribe's Gaussians have fallen to 10⁻³.
  public var effectiveCutoff: Double { cutoffRadius + sigma * (-2 * log(0.001)).squareRoot() }

  /// Index of the centre species.
  public var centerIndex: Int { species.firstIndex(of: center)! }

  /// Features of one species pair.
  public func featureCount(of pair: SpeciesPair) -> Int {
    let n = radialCount
    return (pair.first == pair.second ? n * (n + 1) / 2 : n * n) * (maximumDegree + 1)
  }

  /// Length D of the feature vector.
  public var featureCount: Int { pairs.reduce(0) { $0 + featureCount(of: $1) } }

  /// Names of all features in order, e.g. `OO_128`: pair, n, n', l, each index from 1 but l from 0.
  ///
  /// In mixed pairs the first index belongs to the heavier species (`OH_nn'l`: n is oxygen's), as
  /// in the paper; the order of the features is DScribe's, where the lighter species' index runs
  /// slower. Indices are separated by commas if one of them has two digits.
  public var featureNames: [String] {
    var names: [String] = []
    names.reserveCapacity(featureCount)
    let separator = radialCount > 9 || maximumDegree > 9 ? "," : ""
    for pair in pairs {
      for l in 0...maximumDegree {
        for n in 1...radialCount {
          for m in (pair.first == pair.second ? n : 1)...radialCount {
            let (a, b) = pair.first == pair.second ? (n, m) : (m, n)
            names.append(
              "\(species[pair.second])\(species[pair.first])_\(a)\(separator)\(b)\(separator)\(l)")
          }
        }
      }
    }
    return names
  }
}

/// A set of SOAP parameters that cannot be used, and why.
public struct SOAPError: Error, CustomStringConvertible, Sendable {
  /// One sentence for the user.
  public let description: String
  init(_ description: String) { self.description = description }
}

extension SOAPParameters {
  /// About the largest error of the radial functions in the double-precision path, relative to the
  /// norm of an atom's Gaussian: below 10⁻¹² for the usual sets, 10⁻⁶ for n_max = 20.
  ///
  /// - Throws: `SOAPError` if the radial functions are too nearly linearly dependent to be
  ///   orthonormalised, or not finite: no descriptor should be computed with them.
  /// - Complexity: O(l_max·n_max³) at start-up, with 32 digits about a second at worst.
  public func radialRoundingError() throws(SOAPError) -> Double {
    let basis = RadialBasis(self)
    guard basis.isUsable else {
      throw SOAPError(
        "the \(radialCount) radial functions of r_cut \(cutoffRadius) Å and l_max \(maximumDegree) "
          + "are linearly dependent within 32 digits; choose a smaller n_max or a larger r_cut")
    }
    return basis.roundingError
  }
}
