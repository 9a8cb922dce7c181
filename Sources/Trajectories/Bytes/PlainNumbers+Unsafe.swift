/// The floating-point format of a file.
struct NumberFormat: Sendable, Equatable {
  /// Whether numbers have eight bytes, otherwise four.
  var isDouble = false
  var order = BinaryFields.Order.big

  var size: Int { isDouble ? 8 : 4 }
}

extension PlainFile {
  /// Numbers of the selected atoms in a share of a frame, times `scale`: `axes` arrays,
  /// `[positions.count]` each.
  ///
  /// - Parameters:
  ///   - positions: atoms of the frame, ascending, all within `share`.
  ///   - share: atoms whose bytes are read.
  ///   - offset: file offset of atom 0's first number.
  ///   - axes: number of consecutive values of an atom: 3 in records of x y z, 1 in one array per
  ///     axis.
  /// - Returns: nil if the file ends before.
  func gather(
    _ positions: ArraySlice<Int32>, of share: Range<Int>, at offset: Int64, axes: Int,
    format: NumberFormat, scale: Double
  ) throws(TrajectoryError) -> [[Double]]? {
    var values = [[Double]](repeating: [], count: axes)
    for axis in 0..<axes { values[axis].reserveCapacity(positions.count) }
    let width = axes * format.size
    // Small enough for the L2 cache.
    let block = (1 << 18) / width
    let buffer = RawBuffer(capacity: block * width)
    var next = positions.startIndex
    var first = share.lowerBound
    while first < share.upperBound, next < positions.endIndex {
      first = max(first, Int(positions[next]))
      let last = min(share.upperBound, first + block)
      let count = (last - first) * width
      guard
        try read(
          at: offset + Int64(first) * Int64(width), into: .init(rebasing: buffer.bytes[..<count]))
          == count
      else { return nil }
      var end = next
      while end < positions.endIndex, Int(positions[end]) < last { end += 1 }
      for axis in 0..<axes {
        append(
          positions[next..<end], first: first, bytes: buffer, stride: width, at: axis * format.size,
          format, scale, to: &values[axis])
      }
      next = end
      first = last
    }
    return next == positions.endIndex ? values : nil
  }

  /// Appends the numbers of atoms from a block that starts with atom `first`.
  private func append(
    _ positions: ArraySlice<Int32>, first: Int, bytes: RawBuffer, stride: Int, at offset: Int,
    _ format: NumberFormat, _ scale: Double,
    to values: inout [Double]
  ) {
    guard let low = positions.first, let high = positions.last, let base = bytes.bytes.baseAddress
    else { return }
    precondition(
      Int(low) >= first && (Int(high) - first) * stride + offset + format.size <= bytes.bytes.count,
      "atoms lie within the block")
    let isSwapped = format.order == .big
    let fresh = [Double](unsafeUninitializedCapacity: positions.count) { output, count in
      positions.withUnsafeBufferPointer { positions in
        for k in 0..<positions.count {
          let place = base + ((Int(positions[k]) &- first) &* stride &+ offset)
          if format.isDouble {
            let pattern = place.loadUnaligned(as: UInt64.self)
            output[k] = Double(bitPattern: isSwapped ? pattern.byteSwapped : pattern) * scale
          } else {
            let pattern = place.loadUnaligned(as: UInt32.self)
            output[k] = Double(Float(bitPattern: isSwapped ? pattern.byteSwapped : pattern)) * scale
          }
        }
        count = positions.count
      }
    }
    values += fresh
  }
}
