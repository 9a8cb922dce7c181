import Geometry
import JobControl
import Models
import SOAP

import Glibc

/// The distinct SOAP parameter sets of a run's models, and what they share.
///
/// Models with equal parameters share one descriptor; sets with equal effective cutoffs share one
/// neighbour search; all share the reading and the grid.
public struct DescriptorSets {
  /// Species of all sets by ascending atomic number; an atom's species is an index into it.
  public let species: [String]
  /// Index of the centre species.
  public let center: Int
  /// The distinct sets.
  public let parameters: [SOAPParameters]
  /// Set of each model.
  public let setOfModel: [Int]
  /// The distinct effective cutoffs in Å, and the one of each set.
  let cutoffs: [Double]
  let cutoffOfSet: [Int]
  /// Sets whose double-precision features have fewer digits than usual, as sentences.
  public let warnings: [String]

  /// Largest effective cutoff in Å.
  public var largestCutoff: Double { cutoffs.max() ?? 0 }

  /// - Throws: `RunError` if models disagree on the centre species, or if the radial basis of a set
  ///   cannot be used.
  public init(_ wanted: [(name: String, parameters: SOAPParameters)]) throws {
    var sets: [SOAPParameters] = [], setOfModel: [Int] = []
    for (name, parameters) in wanted {
      guard parameters.center == wanted[0].parameters.center else {
        throw RunError(
          "models \(wanted[0].name) and \(name) have different centres "
            + "(\(wanted[0].parameters.center), \(parameters.center)): analyse them in "
            + "separate runs", .usage)
      }
      if let known = sets.firstIndex(of: parameters) {
        setOfModel.append(known)
      } else {
        setOfModel.append(sets.count)
        sets.append(parameters)
      }
    }
    let names = Set(sets.flatMap(\.species)).sorted {
      atomicNumber(of: $0)! < atomicNumber(of: $1)!
    }
    species = names
    center = names.firstIndex(of: sets[0].center)!
    parameters = sets
    self.setOfModel = setOfModel
    cutoffs = Array(Set(sets.map(\.effectiveCutoff))).sorted()
    let all = cutoffs
    cutoffOfSet = sets.map { all.firstIndex(of: $0.effectiveCutoff)! }
    warnings = try sets.compactMap { try Self.check($0, isOption: wanted[0].name.isEmpty) }
  }

  /// What should be known of a set's radial basis; nil for the usual ones.
  private static func check(_ set: SOAPParameters, isOption: Bool) throws -> String? {
    let error: Double
    do { error = try set.radialRoundingError() } catch {
      throw RunError("SOAP: \(error.description)", isOption ? .usage : .badData)
    }
    guard error > 1e-9 else { return nil }
    return
      "SOAP with r_cut \(set.cutoffRadius) Å and n_max \(set.radialCount): the radial functions "
      + "are nearly linearly dependent; double-precision features are accurate to about "
      + "1e\(Int(log10(error).rounded()))"
  }

  /// Descriptors with their own scratch memory, one for each set.
  func makeDescriptors(_ precision: Descriptor.Precision) -> [Descriptor] {
    parameters.map { set in
      Descriptor(
        set, precision: precision, speciesInBatch: set.species.map { species.firstIndex(of: $0)! })
    }
  }
}

extension Model {
  /// The SOAP parameters that the model was trained with.
  ///
  /// - Throws: `RunError` if they are invalid or do not give the number of features that the
  ///   network expects.
  public func soapParameters(path: String) throws -> SOAPParameters {
    guard soap.rbf == "gto" else {
      throw RunError(
        "\(path): the radial basis is '\(soap.rbf)'; only 'gto' is supported", .badData)
    }
    let parameters: SOAPParameters
    do {
      parameters = try SOAPParameters(
        species: soap.species, center: soap.center, cutoffRadius: soap.r_cut,
        radialCount: soap.n_max, maximumDegree: soap.l_max,
        sigma: soap.sigma, blocks: soap.blocks.flatMap { $0 == ["all"] ? nil : $0 })
    } catch {
      throw RunError("\(path): \(error)", .badData)
    }
    try checkOrder(of: parameters, path: path)
    guard parameters.featureCount == featureCount else {
      throw RunError(
        "\(path): its SOAP parameters give \(parameters.featureCount) features, its network "
          + "expects \(featureCount)",
        .badData)
    }
    return parameters
  }

  /// Features are ordered by species pair, whatever order `blocks` has: another one may mean that
  /// the columns of the network are in that order, so it is refused.
  private func checkOrder(of parameters: SOAPParameters, path: String) throws {
    guard let blocks = soap.blocks, blocks != ["all"] else { return }
    let ordered = parameters.pairs.map { pair in
      let (a, b) = (parameters.species[pair.first], parameters.species[pair.second])
      return blocks.first { $0 == a + b || $0 == b + a } ?? b + a
    }
    guard blocks != ordered else { return }
    let list = { (names: [String]) in
      "[" + names.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    }
    throw RunError(
      "\(path): the key blocks of soap is \(list(blocks)), expected \(list(ordered)): features are "
        + "in that order (by atomic number, as in DScribe); correct the key if the network was "
        + "trained on features in that order, else reorder scaler and first layer", .badData)
  }
}
