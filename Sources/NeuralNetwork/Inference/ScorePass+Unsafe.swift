import Contracts
import Models

/// Familiarity scores in one precision: packed components, packed edges, scratch memory for one
/// batch.
///
/// Leading and minor components share one product, each padded to whole vectors of 16 with rows of
/// zeros, whose coordinates are 0 and add nothing to a sum.
final class ScorePass<Scalar: NetworkScalar> {
  let features: Int
  private let scoreCount: Int
  private let classCount: Int
  private let leadingCount: Int
  /// Vectors of 16 coordinates of the leading and of the minor components.
  private let leadingVectors: Int, minorVectors: Int
  /// Projects as many rows as a panel has at a time, which needs little memory.
  private let projection: HiddenLayers<Scalar>
  private let batch: Int
  /// Of the projected batch: `[row][projection.leadingVectors]`.
  private let coordinates: AlignedBuffer<Scalar.Vector>
  /// Squared lengths of the projected rows.
  private let squaredLengths: AlignedBuffer<Float>
  /// `[class][edge][scoreVectors]`, infinite beyond the scores.
  private let edges: AlignedBuffer<SIMD16<Float>>
  private let edgeCount: Int
  private let scoreVectors: Int
  /// Scores of one row, 0 beyond them.
  private let rowScores: AlignedBuffer<SIMD16<Float>>

  init(_ data: Model.Familiarity, features: Int, batch: Int, tile: RegisterTile = .native) {
    require(
      data.leading.count == data.leadingCount * features
        && data.minor.count == data.minorCount * features,
      "familiarity: components must be [count, features]")
    self.features = features
    scoreCount = data.scoreCount
    edgeCount = data.edgeCount
    classCount = data.edges.count / max(data.scoreCount * data.edgeCount, 1)
    leadingCount = data.leadingCount
    self.batch = batch
    leadingVectors = (data.leadingCount + 15) / 16
    minorVectors = (data.minorCount + 15) / 16
    var weight = [Float](repeating: 0, count: 16 * (leadingVectors + minorVectors) * features)
    weight.replaceSubrange(0..<data.leading.count, with: data.leading)
    let first = 16 * leadingVectors * features
    weight.replaceSubrange(first..<(first + data.minor.count), with: data.minor)
    let layer = PackedLayer<Scalar>(
      Model.Layer(
        weight: weight,
        bias: [Float](repeating: 0, count: 16 * (leadingVectors + minorVectors)), inputs: features),
      tile: tile)
    projection = HiddenLayers([layer], batch: SamplePanels<Scalar>.width(tile))
    coordinates = AlignedBuffer(count: batch * layer.leadingVectors)
    squaredLengths = AlignedBuffer(count: batch)
    scoreVectors = (data.scoreCount + 15) / 16
    rowScores = AlignedBuffer(count: scoreVectors)
    edges = AlignedBuffer(count: classCount * edgeCount * scoreVectors)
    for k in 0..<classCount {
      for edge in 0..<edgeCount {
        for score in 0..<(16 * scoreVectors) {
          let value =
            score < scoreCount
            ? data.edges[(k * scoreCount + score) * edgeCount + edge] : .infinity
          edges.pointer[(k * edgeCount + edge) * scoreVectors + score / 16][score % 16] = value
        }
      }
    }
  }

  func requireRoom(
    _ rows: Int, _ leadingDimension: Int, _ count: Int, _ classes: Int, _ result: Int
  ) {
    require(
      leadingDimension >= features,
      "bins: the leading dimension is smaller than the number of features")
    require(
      count == 0
        || (count > 0 && rows >= (count - 1) * leadingDimension + features && classes >= count
          && result >= count * scoreCount),
      "bins: a buffer is smaller than its rows")
  }

  /// Bins `[count, J]` of rows of predicted classes, any count.
  func run(
    _ rows: UnsafePointer<Scalar>, _ leadingDimension: Int, _ count: Int,
    _ classes: UnsafePointer<UInt8>, _ result: UnsafeMutablePointer<UInt8>
  ) {
    for start in stride(from: 0, to: count, by: batch) {
      let rowsNow = min(batch, count - start)
      project(rows + start * leadingDimension, leadingDimension, rowsNow)
      for row in 0..<rowsNow {
        bins(ofRow: row, Int(classes[start + row]), result + (start + row) * scoreCount)
      }
    }
  }

  /// Bins of the projected rows: those of row `k` at `destinations[k]·J` of the result.
  func bins(
    _ count: Int, _ classes: UnsafePointer<UInt8>, _ destinations: UnsafePointer<Int>,
    _ result: UnsafeMutablePointer<UInt8>
  ) {
    for row in 0..<count {
      bins(ofRow: row, Int(classes[row]), result + destinations[row] * scoreCount)
    }
  }

  /// Bins `[J]` of a projected row.
  @inline(__always)
  private func bins(ofRow row: Int, _ predicted: Int, _ target: UnsafeMutablePointer<UInt8>) {
    score(row)
    let table = edges.pointer + min(predicted, classCount - 1) * edgeCount * scoreVectors
    for v in 0..<scoreVectors {
      let scores = rowScores.pointer[v]
      var below = SIMD16<Int32>.zero
      for edge in 0..<edgeCount {
        below.replace(with: below &+ 1, where: table[edge * scoreVectors + v] .< scores)
      }
      let bytes = SIMD16<UInt8>(truncatingIfNeeded: below)
      if 16 * (v + 1) <= scoreCount {
        UnsafeMutableRawPointer(target + 16 * v).storeBytes(of: bytes, as: SIMD16<UInt8>.self)
      } else {
        for lane in 0..<(scoreCount - 16 * v) { target[16 * v + lane] = bytes[lane] }
      }
    }
  }

  /// Scores `[count, J]`.
  func scores(
    _ rows: UnsafePointer<Scalar>, _ leadingDimension: Int, _ count: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    for start in stride(from: 0, to: count, by: batch) {
      let rowsNow = min(batch, count - start)
      project(rows + start * leadingDimension, leadingDimension, rowsNow)
      for row in 0..<rowsNow {
        score(row)
        for score in 0..<scoreCount {
          result[(start + row) * scoreCount + score] = rowScores.pointer[score / 16][score % 16]
        }
      }
    }
  }

  /// Coordinates and squared lengths of at most `batch` rows, for the functions that need them.
  func project(_ rows: UnsafePointer<Scalar>, _ leadingDimension: Int, _ count: Int) {
    let leading = projection.leadingVectors
    for first in stride(from: 0, to: count, by: projection.batch) {
      let rowsNow = min(projection.batch, count - first)
      let values = projection.run(
        rows + first * leadingDimension, leadingDimension: leadingDimension, count: rowsNow,
        activates: false)
      (coordinates.pointer + first * leading).update(from: values, count: rowsNow * leading)
    }
    let wholeGroups = count / 4 * 4
    for row in stride(from: 0, to: wholeGroups, by: 4) {
      squaredLengths(ofFourFrom: rows + row * leadingDimension, leadingDimension, row)
    }
    for row in wholeGroups..<count {
      squaredLengths.pointer[row] = squaredLength(rows + row * leadingDimension)
    }
  }

  /// Squared lengths of four rows from `first` on. Each has the one chain of `squaredLength`; four
  /// at a time hide the latency of its multiply-adds.
  @inline(__always)
  private func squaredLengths(
    ofFourFrom first: UnsafePointer<Scalar>, _ leadingDimension: Int, _ row: Int
  ) {
    let a = first, b = a + leadingDimension, c = b + leadingDimension, d = c + leadingDimension
    var sumA = SIMD16<Float>.zero, sumB = sumA, sumC = sumA, sumD = sumA
    let whole = features / 16 * 16
    for k in stride(from: 0, to: whole, by: 16) {
      Self.add(a + k, to: &sumA)
      Self.add(b + k, to: &sumB)
      Self.add(c + k, to: &sumC)
      Self.add(d + k, to: &sumD)
    }
    squaredLengths.pointer[row] = finish(a, sumA)
    squaredLengths.pointer[row + 1] = finish(b, sumB)
    squaredLengths.pointer[row + 2] = finish(c, sumC)
    squaredLengths.pointer[row + 3] = finish(d, sumD)
  }

  /// 16 partial sums, added up at the end.
  @inline(__always)
  private func squaredLength(_ row: UnsafePointer<Scalar>) -> Float {
    var squares = SIMD16<Float>.zero
    let whole = features / 16 * 16
    for k in stride(from: 0, to: whole, by: 16) { Self.add(row + k, to: &squares) }
    return finish(row, squares)
  }

  /// Adds the squares of 16 scalars.
  @inline(__always)
  private static func add(_ scalars: UnsafePointer<Scalar>, to squares: inout SIMD16<Float>) {
    let own: SIMD16<Float>
    if Scalar.self == Float.self {
      own = UnsafeRawPointer(scalars).loadUnaligned(as: SIMD16<Float>.self)
    } else {
      let wide = UnsafeRawPointer(scalars).loadUnaligned(as: SIMD16<Double>.self)
      own = SIMD16<Float>(wide)
    }
    squares.addProduct(own, own)
  }

  /// The squares of the last features, and the sum.
  @inline(__always)
  private func finish(_ row: UnsafePointer<Scalar>, _ squares: SIMD16<Float>) -> Float {
    var squares = squares
    let whole = features / 16 * 16
    for k in whole..<features {
      let own = Float(row[k])
      squares[k - whole].addProduct(own, own)
    }
    return squares.sum()
  }

  /// Scores of a projected row. Sums have one order: 16 partial sums, added up at the end.
  @inline(__always)
  private func score(_ row: Int) {
    let z = UnsafeRawPointer(coordinates.pointer + row * projection.leadingVectors)
      .assumingMemoryBound(to: Scalar.self)
    var leadingSum = SIMD16<Float>.zero, minorSum = SIMD16<Float>.zero
    for v in 0..<(leadingVectors + minorVectors) {
      var own = SIMD16<Float>.zero
      for lane in 0..<16 { own[lane] = Float(z[16 * v + lane]) }
      if v < leadingVectors {
        rowScores.pointer[v] = own
        leadingSum.addProduct(own, own)
      } else {
        minorSum.addProduct(own, own)
      }
    }
    let scores = UnsafeMutableRawPointer(rowScores.pointer).assumingMemoryBound(to: Float.self)
    scores[leadingCount] = squaredLengths.pointer[row]
    scores[leadingCount + 1] = leadingSum.sum()
    scores[leadingCount + 2] = minorSum.sum()
  }
}
