import CVector
import TestSupport
import Testing

/// Selection and comparison of lanes, which each instruction set does in its own way.
@Suite("Selection of lanes", .tags(.fast)) struct LaneSelectionTests {
  /// Checks a store of the lanes whose bit is set in `mask`; the lanes hold 1, 2, … .
  private func check<Number: BinaryFloatingPoint>(
    _ lanes: Int, _ mask: UInt32, _ type: Number.Type,
    _ store: (UnsafeMutablePointer<Number>) -> Void
  ) -> Bool {
    var places = [Number](repeating: -1, count: lanes + 8)
    places.withUnsafeMutableBufferPointer { store($0.baseAddress!) }
    let selected = (0..<lanes).filter { mask >> UInt32($0) & 1 == 1 }.map { Number($0 + 1) }
    return Array(places[..<selected.count]) == selected
      && places[selected.count..<lanes].allSatisfy { $0 == 0 || $0 == -1 }
      && places[lanes...].allSatisfy { $0 == -1 }
  }

  @Test("lanes are stored in order, for every mask, and nothing beyond them") func store() {
    let eight = SIMD8<Float>(1, 2, 3, 4, 5, 6, 7, 8)
    let double = SIMD8<Double>(eight)
    let sixteen = SIMD16<Float>(lowHalf: eight, highHalf: eight + 8)
    let wrong8 = (0..<256 as Range<UInt32>).filter { mask in
      !check(8, mask, Float.self) { vg_store_selected_float8($0, mask, eight) }
        || !check(8, mask, Double.self) { vg_store_selected_double8($0, mask, double) }
    }
    let wrong16 = (0..<65536 as Range<UInt32>).filter { mask in
      !check(16, mask, Float.self) { vg_store_selected_float16($0, mask, sixteen) }
    }
    #expect(wrong8.isEmpty && wrong16.isEmpty, "\(wrong8.prefix(4)) \(wrong16.prefix(4))")
  }

  @Test("a bit for each comparison that holds; none for NaN") func compare() {
    var wrong: [UInt32] = []
    for mask in 0..<65536 as Range<UInt32> {
      var a = SIMD16<Float>(repeating: 2), i = SIMD16<Int32>(repeating: 2)
      for lane in 0..<16 where mask >> UInt32(lane) & 1 == 1 {
        a[lane] = lane % 2 == 0 ? 1 : -.infinity
        i[lane] = -1
      }
      if mask & 8 == 0 { a[3] = .nan }
      let one = SIMD16<Float>(repeating: 1)
      let doubles = SIMD8<Double>(a.lowHalf)
      if UInt32(vg_less_or_equal_float(a, one)) != mask
        || UInt32(vg_less_int(i, SIMD16(repeating: 1))) != mask
        || UInt32(vg_less_or_equal(doubles, SIMD8(repeating: 1))) != mask & 255
      {
        wrong.append(mask)
      }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(4))")
  }

  @Test("columns of eight rows, at any distance") func transpose() {
    let rows = (0..<8).map { row in (0..<8).map { Float(10 * row + $0) } }
    var columns = [Float](repeating: -1, count: 8 * 11)
    columns.withUnsafeMutableBufferPointer {
      vg_store_transposed(
        $0.baseAddress!, 11, rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7])
    }
    for column in 0..<8 {
      #expect(Array(columns[11 * column..<11 * column + 8]) == rows.map { $0[column] })
      #expect(columns[11 * column + 8..<11 * column + 11].allSatisfy { $0 == -1 })
    }
  }

  @Test("lanes that a number is below, and the order of lanes, equal ones by position")
  func count() {
    let lanes = SIMD8<Double>(3, 1, 2, 2, .infinity, -1, 2, .infinity)
    let ones = SIMD8<Int64>(repeating: 1)
    #expect(vg_count_less(ones, 2, lanes) == SIMD8(2, 1, 1, 1, 2, 1, 1, 2))
    #expect(vg_count_less_or_equal(ones, 2, lanes) == SIMD8(2, 1, 2, 2, 2, 1, 2, 2))
    #expect(vg_count_lanes(.zero, lanes) == SIMD8(5, 1, 2, 3, 6, 0, 4, 7))
  }
}
