import Geometry

/// The SOAP descriptor of one set of parameters, with the scratch memory to compute it; use one
/// instance per thread.
///
/// The feature vector of a centre depends on the displacements of its neighbours alone: it is
/// invariant under translation, rotation (to rounding) and, because neighbours come in grid order,
/// it has the same bits for any decomposition of the frame.
public final class Descriptor {
  /// What is computed.
  public let parameters: SOAPParameters
  /// Precision of `features(of:to:)`.
  public enum Precision: Sendable, Hashable {
    /// Tabulated radial functions, Float: the fast path.
    case single
    /// Exponentials, Double: the reference path.
    case double
  }
  /// The selected path.
  public let precision: Precision
  /// The centre's own contribution p = π√8·s_n·s_n' to each feature, `[D]`: independent of the
  /// neighbours and not included in the output of `features(of:to:)`. Full features are that output
  /// plus the constant.
  public let ownConstants: [Double]

  private let spectrum: PowerSpectrum
  private let ownTerm: [Double]
  private let groups: Int, harmonics: Int
  private var single: SingleExpansion?
  private var double: DoubleExpansion?
  private let singleCoefficients: UnsafeMutablePointer<SIMD8<Float>>
  private let doubleCoefficients: UnsafeMutablePointer<SIMD8<Double>>
  private let singleOwnTerm: UnsafeMutablePointer<SIMD8<Float>>
  /// Index in the neighbour batch of each of the parameters' species.
  private let speciesInBatch: [Int]

  /// A descriptor.
  ///
  /// - Parameters:
  ///   - parameters: what to compute.
  ///   - precision: which path.
  ///   - speciesInBatch: index in the neighbour batches of each species of `parameters`; nil if
  ///     they agree.
  public init(_ parameters: SOAPParameters, precision: Precision, speciesInBatch: [Int]? = nil) {
    self.parameters = parameters
    self.precision = precision
    self.speciesInBatch = speciesInBatch ?? Array(parameters.species.indices)
    spectrum = PowerSpectrum(parameters)
    let basis = RadialBasis(parameters)
    ownTerm = basis.derivative(0, degree: 0, at: 0).map { $0 * (1 / (4 * Double.pi)).squareRoot() }
    ownConstants = spectrum.constants(ownTerm: ownTerm)
    groups = spectrum.groups
    harmonics = spectrum.harmonics
    let total = parameters.species.count * groups * harmonics
    singleCoefficients = .allocate(capacity: total)
    singleCoefficients.initialize(repeating: .zero, count: total)
    doubleCoefficients = .allocate(capacity: total)
    doubleCoefficients.initialize(repeating: .zero, count: total)
    singleOwnTerm = .allocate(capacity: groups)
    singleOwnTerm.initialize(repeating: .zero, count: groups)
    for n in ownTerm.indices { singleOwnTerm[n / 8][n % 8] = Float(ownTerm[n]) }
    switch precision {
    case .single:
      single = SingleExpansion(basis: basis, parameters: parameters)
    case .double: double = DoubleExpansion(basis: basis)
    }
  }

  deinit {
    singleCoefficients.deallocate()
    doubleCoefficients.deallocate()
    singleOwnTerm.deallocate()
  }

  /// Number of features D.
  public var featureCount: Int { ownConstants.count }

  /// Writes the features `[D]` of one centre, less `ownConstants`; overwrites the row and up to
  /// eight values after it.
  ///
  /// - Precondition: the descriptor and the batch are single-precision ones, and `row` has at least
  ///   D + 8 values.
  public func features(of batch: NeighborBatch, to row: UnsafeMutablePointer<Float>) {
    guard let single else {
      preconditionFailure("Float features requested from a double-precision descriptor")
    }
    single.expand(batch, species: speciesInBatch, into: singleCoefficients)
    spectrum.write(singleCoefficients, ownTerm: singleOwnTerm, to: row)
  }

  /// Writes the features `[D]` of one centre in double precision, less `ownConstants`; overwrites.
  ///
  /// - Precondition: the descriptor and the batch are double-precision ones.
  public func features(of batch: NeighborBatch, to row: UnsafeMutablePointer<Double>) {
    guard let double else {
      preconditionFailure("Double features requested from a single-precision descriptor")
    }
    for (s, index) in speciesInBatch.enumerated() {
      double.expand(batch.double(index), into: doubleCoefficients + s * groups * harmonics)
    }
    spectrum.write(doubleCoefficients, ownTerm: ownTerm, to: row)
  }
}
