import CVector
import Models
import NeuralNetwork
import SOAP

/// Standardised feature rows of one model on their way through its network, in batches of fixed
/// size.
///
/// Rows of several frames share a batch, so only the last one of a group of frames is padded. The
/// bits of a row's probabilities depend neither on its position in a batch nor on the other rows (a
/// property of `Perceptron`, tested there).
public final class ModelQueue {
  /// The model.
  let model: Model
  private let single: Perceptron?
  private let double: PerceptronDouble?
  private let width: Int, stride: Int, classes: Int, batch: Int
  /// Scaler with the centre's own constants subtracted from the mean, in double precision before
  /// rounding.
  private let offset: [Double], inverseScale: [Double]
  private let offsetSingle: [Float], inverseScaleSingle: [Float]
  private let rowsSingle: UnsafeMutablePointer<Float>
  private let rowsDouble: UnsafeMutablePointer<Double>
  private var resultSingle: [Float], resultDouble: [Double]
  private var destinations: [Int] = []
  /// Probabilities of the current group of frames; `[centers, K]`.
  private(set) var probabilities: [Double] = []
  /// Projections on the principal components; `[centers, C]`, empty unless requested.
  public private(set) var projections: [Float] = []
  /// Number of principal components C; 0 unless projections are requested.
  public let componentCount: Int
  private let components: [Double]
  private let widened: UnsafeMutablePointer<Double>
  /// What recognises foreign molecules; nil unless asked for, or if the model has none.
  public let recognition: RecognitionQueue?

  /// An empty queue.
  ///
  /// - Parameters:
  ///   - ownConstants: what the centre itself adds to each feature, `[features]`.
  ///   - network: arithmetic of the network in single precision.
  ///   - packed: weights in the order of the kernel, shared by the ranks of a node; nil: packed here.
  ///   - projects: whether projections on the principal components are computed.
  ///   - recognises: whether guard and familiarity scores are computed.
  public init(
    _ model: Model, ownConstants: [Double], precision: Descriptor.Precision,
    network: NetworkArithmetic = .fp32, packed: PackedWeights? = nil, projects: Bool,
    recognises: Bool = false
  ) {
    self.model = model
    width = model.featureCount
    stride = (width + 8 + 15) / 16 * 16
    classes = model.classCount
    single =
      precision == .single
      ? packed.map { Perceptron(model, packed: $0) } ?? Perceptron(model, arithmetic: network)
      : nil
    double = precision == .double ? PerceptronDouble(model) : nil
    batch = single?.preferredBatchSize ?? PerceptronDouble.batchSize
    recognition = recognises ? RecognitionQueue(model, precision: precision, batch: batch) : nil
    offset = zip(model.scaler.mean, ownConstants).map { $0 - $1 }
    inverseScale = model.scaler.scale.map { 1 / $0 }
    offsetSingle = offset.map(Float.init)
    inverseScaleSingle = inverseScale.map(Float.init)
    rowsSingle = .allocate(capacity: precision == .single ? batch * stride : 1)
    rowsSingle.initialize(repeating: 0, count: precision == .single ? batch * stride : 1)
    rowsDouble = .allocate(capacity: precision == .double ? batch * stride : 1)
    rowsDouble.initialize(repeating: 0, count: precision == .double ? batch * stride : 1)
    resultSingle = [Float](repeating: 0, count: batch * classes)
    resultDouble = [Double](repeating: 0, count: batch * classes)
    destinations.reserveCapacity(batch)
    componentCount = projects ? model.principalComponents?.count ?? 0 : 0
    widened = .allocate(capacity: width)
    widened.initialize(repeating: 0, count: width)
    components = componentCount > 0 ? model.principalComponents!.components : []
  }

  deinit {
    rowsSingle.deallocate()
    rowsDouble.deallocate()
    widened.deallocate()
  }

  /// Prepares for a group of frames with `count` centres in total.
  public func begin(count: Int) {
    probabilities = [Double](repeating: 0, count: count * classes)
    projections = [Float](repeating: 0, count: count * componentCount)
    recognition?.begin(count: count)
  }

  /// Probabilities of some centres of the group, `[centers, K]`; those of the whole group are moved
  /// out instead of copied.
  public func takeProbabilities(of centers: Range<Int>, isWholeGroup: Bool) -> [Double] {
    if isWholeGroup {
      defer { probabilities = [] }
      return probabilities
    }
    return Array(probabilities[centers.lowerBound * classes..<centers.upperBound * classes])
  }

  /// Whether the next row fills the batch.
  var isFull: Bool { destinations.count == batch }

  /// Standardises a row of features (less the centre's own constants) and queues it for row
  /// `destination` of the group.
  func push(_ features: UnsafePointer<Float>, to destination: Int) {
    let row = rowsSingle + destinations.count * stride
    for k in 0..<width { row[k] = (features[k] - offsetSingle[k]) * inverseScaleSingle[k] }
    if componentCount > 0 { project(UnsafePointer(row), destination) }
    destinations.append(destination)
  }

  /// As above, in double precision.
  func push(_ features: UnsafePointer<Double>, to destination: Int) {
    let row = rowsDouble + destinations.count * stride
    for k in 0..<width { row[k] = (features[k] - offset[k]) * inverseScale[k] }
    if componentCount > 0 { project(UnsafePointer(row), destination) }
    destinations.append(destination)
  }

  /// New molecules are projected on the stored components of the standardised training features.
  private func project(_ row: UnsafePointer<Float>, _ destination: Int) {
    for k in 0..<width { widened[k] = Double(row[k]) }
    project(UnsafePointer(widened), destination)
  }

  /// Eight partial sums for each component, added at the end, in the same order for every molecule
  /// on every rank. Five components at a time, because one sum waits for its previous term.
  private func project(_ row: UnsafePointer<Double>, _ destination: Int) {
    components.withUnsafeBufferPointer { components in
      let first = components.baseAddress!
      var c = 0
      while c + 5 <= componentCount {
        project(row, first + c * width, destination * componentCount + c, InlineArray<5, Int>.self)
        c += 5
      }
      while c < componentCount {
        project(row, first + c * width, destination * componentCount + c, InlineArray<1, Int>.self)
        c += 1
      }
    }
  }

  /// `C` components, one after the other from `component` on.
  @inline(__always)
  private func project<let C: Int>(
    _ row: UnsafePointer<Double>, _ component: UnsafePointer<Double>, _ place: Int,
    _ shape: InlineArray<C, Int>.Type
  ) {
    let width = width, whole = width / 8 * 8
    var sums = InlineArray<C, SIMD8<Double>>(repeating: .zero)
    var k = 0
    while k < whole {
      let features = UnsafeRawPointer(row + k).loadUnaligned(as: SIMD8<Double>.self)
      for c in 0..<C {
        let weights = UnsafeRawPointer(component + c * width + k)
          .loadUnaligned(as: SIMD8<Double>.self)
        sums[c] = vg_multiply_add_double8(weights, features, sums[c])
      }
      k += 8
    }
    for c in 0..<C {
      var sum = sums[c].sum()
      for k in whole..<width { sum += component[c * width + k] * row[k] }
      projections[place + c] = Float(sum)
    }
  }

  /// Evaluates the network for the queued rows.
  public func flush() {
    let count = destinations.count
    guard count > 0 else { return }
    if let single {
      let rows = UnsafeBufferPointer(start: rowsSingle, count: batch * stride)
      recognition?.take(rows.span, stride: stride, destinations: destinations)
      var result = resultSingle.mutableSpan
      single.probabilities(of: rows.span, leadingDimension: stride, count: count, into: &result)
      for k in 0..<count {
        for c in 0..<classes {
          probabilities[destinations[k] * classes + c] = Double(resultSingle[k * classes + c])
        }
      }
      recognition?.complete(probabilities: resultSingle, destinations: destinations)
    } else if let double {
      let rows = UnsafeBufferPointer(start: rowsDouble, count: batch * stride)
      recognition?.take(rows.span, stride: stride, destinations: destinations)
      var result = resultDouble.mutableSpan
      double.probabilities(of: rows.span, leadingDimension: stride, count: count, into: &result)
      for k in 0..<count {
        for c in 0..<classes {
          probabilities[destinations[k] * classes + c] = resultDouble[k * classes + c]
        }
      }
      recognition?.complete(probabilities: resultDouble, destinations: destinations)
    }
    destinations.removeAll(keepingCapacity: true)
  }
}

/// The queues of a run's models, each with its set of features; without reference counting in the
/// loop over molecules.
public struct ModelQueues {
  /// The queue of each model.
  let queues: [ModelQueue]
  private let references: [Unmanaged<ModelQueue>]
  private let setOfModel: [Int]
  private let isSingle: Bool

  /// Queues whose features are those of the sets `setOfModel`.
  public init(_ queues: [ModelQueue], setOfModel: [Int], precision: Descriptor.Precision) {
    self.queues = queues
    references = queues.map { .passUnretained($0) }
    self.setOfModel = setOfModel
    isSingle = precision == .single
  }

  /// Standardises a molecule's rows, one for each set, queues them for row `destination`, and
  /// flushes queues that are full.
  @inline(__always)
  func push(
    _ single: [UnsafeMutablePointer<Float>], _ double: [UnsafeMutablePointer<Double>],
    to destination: Int
  ) {
    for m in references.indices {
      let set = setOfModel[m]
      references[m]._withUnsafeGuaranteedRef { queue in
        if isSingle {
          queue.push(single[set], to: destination)
        } else {
          queue.push(double[set], to: destination)
        }
        if queue.isFull { queue.flush() }
      }
    }
  }
}
