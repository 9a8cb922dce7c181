/// `C += BᵀB` in double precision, with the same bits on every processor: each element of BᵀB is
/// one chain of fused multiply-adds over the rows of B in their order, then added to C.
package final class SymmetricProduct {
  private let width: Int
  private let tile = RegisterTile.native
  private let panel: AlignedBuffer<SIMD8<Double>>
  private let zeros: AlignedBuffer<Double>
  private let result: AlignedBuffer<SIMD8<Double>>
  /// Rows of B, `[rows, width]`, and some more that tiles read.
  package let block: AlignedBuffer<Double>
  /// Rows that fit.
  package static let rows = 256

  /// - Parameter width: columns of B.
  package init(width: Int) {
    self.width = width
    panel = AlignedBuffer(count: Self.rows * tile.vectors)
    zeros = AlignedBuffer(count: tile.rows)
    result = AlignedBuffer(count: tile.rows * tile.vectors)
    block = AlignedBuffer(count: Self.rows * width + 16)
  }

  /// Adds the product of the block's first rows to the upper triangle of C, `[width, width]`.
  package func add(rows: Int, to c: UnsafeMutablePointer<Double>) {
    let columns = 8 * tile.vectors
    let packed = UnsafeMutableRawPointer(panel.pointer).assumingMemoryBound(to: Double.self)
    let found = UnsafeMutableRawPointer(result.pointer).assumingMemoryBound(to: Double.self)
    for first in stride(from: 0, to: width, by: columns) {
      let count = min(columns, width - first)
      for k in 0..<rows {
        for j in 0..<columns {
          packed[k * columns + j] = j < count ? block.pointer[k * width + first + j] : 0
        }
      }
      for row in stride(from: 0, to: first + count, by: tile.rows) {
        Double.product(
          tile, .packed(block.pointer + row, depthStride: width), tiles: 1, depth: rows,
          start: zeros.pointer,
          TilePanels(
            source: UnsafePointer(panel.pointer), sourceStride: 0, target: result.pointer,
            targetStride: 0, count: 1))
        for i in row..<min(row + tile.rows, first + count) {
          for j in max(i, first)..<max(first + count, i) {
            c[i * width + j] += found[(i - row) * columns + j - first]
          }
        }
      }
    }
  }
}
