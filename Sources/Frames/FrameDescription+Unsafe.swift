import Geometry
import JobControl
import SOAP

/// Finds neighbours and computes descriptors for all centres of a domain, and passes on each row of
/// features.
///
/// Centres are visited in grid order, so that consecutive ones share candidates and cache lines;
/// the time for neighbours and for SOAP is measured cell by cell.
public final class FrameDescriber {
  /// The distinct sets of SOAP parameters.
  let sets: DescriptorSets
  /// Precision of the features.
  let precision: Descriptor.Precision
  /// The descriptor of each set.
  public let descriptors: [Descriptor]
  private let batches: [NeighborBatch]
  private let single: [UnsafeMutablePointer<Float>]
  private let double: [UnsafeMutablePointer<Double>]

  /// A describer for these sets, for one frame after the other.
  public init(sets: DescriptorSets, precision: Descriptor.Precision) {
    self.sets = sets
    self.precision = precision
    descriptors = sets.makeDescriptors(precision)
    batches = sets.cutoffs.map { _ in
      NeighborBatch(speciesCount: sets.species.count, single: precision == .single)
    }
    single = descriptors.map { descriptor in
      let row = UnsafeMutablePointer<Float>.allocate(capacity: descriptor.featureCount + 8)
      row.initialize(repeating: 0, count: descriptor.featureCount + 8)
      return row
    }
    double = descriptors.map { descriptor in
      let row = UnsafeMutablePointer<Double>.allocate(capacity: descriptor.featureCount + 8)
      row.initialize(repeating: 0, count: descriptor.featureCount + 8)
      return row
    }
  }

  deinit {
    for row in single { row.deallocate() }
    for row in double { row.deallocate() }
  }

  /// Calls `emit(center, single rows, double rows)` for each owned centre of the domain, with its
  /// index among the owned centres.
  ///
  /// Of the two arrays of rows, one for each set, only that of the precision is filled. With
  /// `wanted`, `[owned]`, only for the marked centres: the row of a centre does not depend on the
  /// other centres.
  private func describe(
    _ domain: FrameDomain, wanted: [Bool]?, timings: inout Timings,
    emit: (Int, [UnsafeMutablePointer<Float>], [UnsafeMutablePointer<Double>], inout Timings) ->
      Void
  ) {
    let grid = domain.extended
    let searches = sets.cutoffs.map { NeighborSearch(grid: grid, cutoff: $0) }
    let center = sets.center
    let region = domain.region
    let kernels = Kernels(searches, batches, descriptors, sets.cutoffOfSet)
    defer { withExtendedLifetime((searches, self)) {} }
    let single = single, double = double
    let ordinals = domain.ownedOrdinal
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        var x = region.lower.x
        while x < region.upper.x {
          let cell = SIMD3(x, y, z)
          guard grid.isOwned(cell) else {
            x += 1
            continue
          }
          let width = x + 1 < region.upper.x && grid.isOwned(SIMD3(x + 1, y, z)) ? 2 : 1
          x += width
          let images = searches[0].images(of: center, inCell: cell, width: width)
          if images.isEmpty { continue }
          for search in searches {
            search.enter(cell: cell, width: width, centers: images, of: center)
          }
          for slot in images {
            let ordinal = Int(ordinals[kernels.center(atImage: slot)])
            if let wanted, !wanted[ordinal] { continue }
            kernels.findNeighbors(of: slot, center: center)
            timings.end(.neighbours)
            if precision == .single {
              kernels.describe(into: single)
            } else {
              kernels.describe(into: double)
            }
            timings.end(.soap)
            emit(ordinal, single, double, &timings)
          }
        }
      }
    }
    timings.end(.neighbours)
  }

  /// Computes the descriptors of a domain's owned centres and queues them for the networks.
  ///
  /// - Parameters:
  ///   - wanted: marks of the centres that are described, `[owned]`; nil: all.
  ///   - start: row of the first centre in the results of the queues.
  public func describe(
    _ domain: FrameDomain, wanted: [Bool]? = nil, for models: ModelQueues, from start: Int = 0,
    timings: inout Timings
  ) {
    describe(domain, wanted: wanted, timings: &timings) { center, single, double, timings in
      models.push(single, double, to: start + center)
      timings.end(.network)
    }
  }

  /// Computes features of the first set in single precision, as rows of `values`, `[rows, D]`.
  ///
  /// - Parameters:
  ///   - rows: the row of each owned centre, −1 for those that are not described, `[owned]`; nil:
  ///     all, in their order.
  ///   - addsOwn: whether the constants of the centre itself are added, in double precision.
  ///   - values: the rows of the described centres are overwritten.
  public func features(
    of domain: FrameDomain, rows: [Int32]? = nil, addsOwn: Bool = true, into values: inout [Float],
    timings: inout Timings
  ) {
    let constants = descriptors[0].ownConstants, d = constants.count
    describe(domain, wanted: rows?.map { $0 >= 0 }, timings: &timings) { center, single, _, _ in
      let start = (rows.map { Int($0[center]) } ?? center) * d
      if addsOwn {
        for k in 0..<d { values[start + k] = Float(Double(single[0][k]) + constants[k]) }
      } else {
        for k in 0..<d { values[start + k] = single[0][k] }
      }
    }
  }

  /// As above in double precision, with the constants of the centre itself.
  public func features(
    of domain: FrameDomain, rows: [Int32]? = nil, into values: inout [Double],
    timings: inout Timings
  ) {
    let constants = descriptors[0].ownConstants, d = constants.count
    describe(domain, wanted: rows?.map { $0 >= 0 }, timings: &timings) { center, _, double, _ in
      let start = (rows.map { Int($0[center]) } ?? center) * d
      for k in 0..<d { values[start + k] = double[0][k] + constants[k] }
    }
  }
}

/// The objects used for each centre, without reference counting: iterating over arrays of objects
/// takes 0.2 µs per molecule, a fortieth of its time. Valid during the lifetime of the arrays.
private struct Kernels {
  private let searches: [Unmanaged<NeighborSearch>]
  private let batches: [Unmanaged<NeighborBatch>]
  private let descriptors: [Unmanaged<Descriptor>]
  private let cutoffOfSet: [Int]

  init(
    _ searches: [NeighborSearch], _ batches: [NeighborBatch], _ descriptors: [Descriptor],
    _ cutoffOfSet: [Int]
  ) {
    self.searches = searches.map { .passUnretained($0) }
    self.batches = batches.map { .passUnretained($0) }
    self.descriptors = descriptors.map { .passUnretained($0) }
    self.cutoffOfSet = cutoffOfSet
  }

  @inline(__always)
  func center(atImage slot: Int) -> Int {
    searches[0]._withUnsafeGuaranteedRef { $0.center(atImage: slot) }
  }

  @inline(__always)
  func findNeighbors(of slot: Int, center: Int) {
    for k in searches.indices {
      searches[k]._withUnsafeGuaranteedRef { search in
        batches[k]._withUnsafeGuaranteedRef {
          search.findNeighbors(of: slot, center: center, into: $0)
        }
      }
    }
  }

  @inline(__always)
  func describe(into rows: [UnsafeMutablePointer<Float>]) {
    for set in descriptors.indices {
      descriptors[set]._withUnsafeGuaranteedRef { descriptor in
        batches[cutoffOfSet[set]]._withUnsafeGuaranteedRef {
          descriptor.features(of: $0, to: rows[set])
        }
      }
    }
  }

  @inline(__always)
  func describe(into rows: [UnsafeMutablePointer<Double>]) {
    for set in descriptors.indices {
      descriptors[set]._withUnsafeGuaranteedRef { descriptor in
        batches[cutoffOfSet[set]]._withUnsafeGuaranteedRef {
          descriptor.features(of: $0, to: rows[set])
        }
      }
    }
  }
}
