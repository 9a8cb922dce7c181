/// A row-major block of a dataset: `count` elements along each dimension, from `start`.
struct Block: Equatable {
  var start: [Int]
  var count: [Int]

  /// The number of elements; saturated at the largest `Int`, which only a damaged file exceeds.
  var elementCount: Int { Self.elements(count) }

  /// The product of a shape's dimensions, saturated at the largest `Int`.
  static func elements(_ shape: [Int]) -> Int {
    guard !shape.contains(0) else { return 0 }
    return shape.reduce(1) { product, count in
      let (value, overflow) = product.multipliedReportingOverflow(by: count)
      return overflow ? .max : value
    }
  }

  /// The same block as consecutive blocks of at most `limit` elements, each of which is consecutive
  /// in the row-major memory of the whole.
  ///
  /// Cuts along the first dimension that is longer than one row; when a single row is still too
  /// large, rows are cut in turn.
  /// - Precondition: `limit ≥ 1`.
  func pieces(limit: Int) -> [Block] {
    guard elementCount > limit else { return [self] }
    let dimension = count.firstIndex { $0 > 1 }!
    let row = count[(dimension + 1)...].reduce(1, *)
    let rows = max(1, limit / row)
    var pieces: [Block] = []
    for first in stride(from: 0, to: count[dimension], by: rows) {
      var piece = self
      piece.start[dimension] += first
      piece.count[dimension] = min(rows, count[dimension] - first)
      pieces += piece.pieces(limit: limit)
    }
    return pieces
  }

  /// Offset of the element at `index` in a row-major array of `shape`.
  static func offset(of index: [Int], in shape: [Int]) -> Int {
    zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  /// Says why the block is not inside `shape`; nil if it is.
  func misfit(in shape: [Int]) -> String? {
    guard start.count == shape.count, count.count == shape.count else {
      return "a block of \(start.count) and \(count.count) dimensions, but the shape is \(shape)"
    }
    for dimension in shape.indices {
      let (start, count, size) = (start[dimension], count[dimension], shape[dimension])
      guard start >= 0, count >= 0, start <= size, count <= size - start else {
        return "a block of \(self.count) at \(self.start) is outside the shape \(shape)"
      }
    }
    return nil
  }
}
