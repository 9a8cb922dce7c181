import CTile

// Legend: a digits of 32 rows, [digit][2 tiles of 16 rows][block][16 rows][64 inputs], `slice`
// bytes from digit to digit and `lower` from tile to tile; b a panel of `DigitLayer.weights`; c
// sums, [level][32 rows] of 16 outputs.

/// What becomes of the sums of 32 rows × 16 outputs: pre-activation, tanh, and the digits of the
/// next layer or, after the last hidden layer, floats.
struct DigitEnd {
  let scale: SIMD16<Float>
  let bias: SIMD16<Float>
  /// Scale of each row's inputs, `[32]`.
  let rowScale: UnsafePointer<Float>
  /// Whether some row has a fourth digit, and the weight of the fourth level in each: 1/256 or 0.
  let hasFourth: Bool
  let fourthStep: UnsafePointer<Float>
  /// What is added to a number before its bytes are taken, and flipped afterwards: signed digits
  /// for tiles, digits + 128 for vectors.
  let flip: Int32
  /// Digits of the first and of the second 16 rows of the next layer, at this panel's outputs.
  let upper: UnsafeMutableRawPointer
  let lower: UnsafeMutableRawPointer
  let slice: Int
  /// Or floats, `leading` vectors from row to row; nil before another hidden layer.
  let floats: UnsafeMutablePointer<SIMD16<Float>>?
  let leading: Int

  /// Row r.
  @inline(__always)
  func row(_ c: UnsafePointer<SIMD16<Int32>>, _ r: Int) {
    let step = SIMD16<Float>(repeating: 1 / 256)
    var z = vt_to_float(c[64 + r])
    if hasFourth {
      z = vt_multiply_add(vt_to_float(c[96 + r]), SIMD16(repeating: fourthStep[r]), z)
    }
    z = vt_multiply_add(z, step, vt_to_float(c[32 + r]))
    z = vt_multiply_add(z, step, vt_to_float(c[r]))
    let factor = scale * SIMD16<Float>(repeating: rowScale[r])
    let t = hyperbolicTangent(vt_multiply_add(z, factor, bias))
    if let floats {
      floats[r * leading] = t
    } else {
      let target = r < 16 ? upper + 64 * r : lower + 64 * (r - 16)
      storeDigits(vt_round(t * DigitFormat.three), flip, target, slice)
    }
  }
}

/// The three low bytes of 16 numbers of balanced digits, most significant first; with `flip` 0 each
/// digit + 128.
@inline(__always)
func storeDigits(_ q: SIMD16<Int32>, _ flip: Int32, _ target: UnsafeMutableRawPointer, _ slice: Int)
{
  let d = (q &+ SIMD16<Int32>(repeating: 0x80_8080)) ^ SIMD16<Int32>(repeating: flip & 0x80_8080)
  vt_store_low_bytes(d, target + 2 * slice)
  vt_store_low_bytes(d &>> 8, target + slice)
  vt_store_low_bytes(d &>> 16, target)
}

/// The four bytes of 16 numbers of four balanced digits.
@inline(__always)
func storeFourDigits(
  _ q: SIMD16<Int32>, _ flip: Int32, _ target: UnsafeMutableRawPointer, _ slice: Int
) {
  let offset = Int32(bitPattern: 0x8080_8080)
  let d = (q &+ SIMD16<Int32>(repeating: offset)) ^ SIMD16<Int32>(repeating: flip & offset)
  vt_store_low_bytes(d, target + 3 * slice)
  vt_store_low_bytes(d &>> 8, target + 2 * slice)
  vt_store_low_bytes(d &>> 16, target + slice)
  vt_store_low_bytes(d &>> 24, target)
}

#if arch(x86_64)
  /// Sums of 32 rows × 16 outputs by AMX, while the sums of the block before are finished.
  ///
  /// Tiles 0, 1 are level 0 of the upper and the lower rows, 2, 3 level 1, 4, 5 level 2; tile 6
  /// holds rows, tile 7 weights: 14 loads for 12 products. `end` runs in between, because tanh and
  /// the matrix unit do not compete; lines of the next panel are brought to the second-level cache.
  @inline(__always)
  func tileBlock(
    _ a: UnsafeRawPointer, lower: Int, slice: Int, _ b: UnsafeRawPointer, blocks: Int,
    hasFourth: Bool, _ c: UnsafeMutablePointer<SIMD16<Int32>>,
    before: UnsafePointer<SIMD16<Int32>>, end: DigitEnd, hasEnd: Bool, ahead: UnsafeRawPointer,
    lines: Int
  ) {
    if hasFourth { fourthLevel(a, lower: lower, slice: slice, b, blocks: blocks, c + 96) }
    vt_zero_0()
    vt_zero_1()
    vt_zero_2()
    vt_zero_3()
    vt_zero_4()
    vt_zero_5()
    var (a, b, ahead, r) = (a, b, ahead, 0)
    for _ in 0..<blocks {
      for line in 0..<lines { vt_prefetch(ahead + 64 * line) }
      ahead += 64 * lines
      vt_load_7(b + 2048)
      vt_load_6(a)
      vt_dot_4()
      vt_load_6(a + lower)
      vt_dot_5()
      vt_load_7(b + 1024)
      vt_dot_3()
      vt_load_6(a + lower + slice)
      vt_dot_5()
      vt_load_6(a + slice)
      vt_dot_4()
      vt_load_6(a)
      vt_dot_2()
      if hasEnd && r < 31 {
        end.row(before, r)
        end.row(before, r + 1)
        r += 2
      }
      vt_load_7(b)
      vt_dot_0()
      vt_load_6(a + slice)
      vt_dot_2()
      vt_load_6(a + 2 * slice)
      vt_dot_4()
      vt_load_6(a + lower + 2 * slice)
      vt_dot_5()
      vt_load_6(a + lower + slice)
      vt_dot_3()
      vt_load_6(a + lower)
      vt_dot_1()
      if hasEnd && r < 31 {
        end.row(before, r)
        end.row(before, r + 1)
        r += 2
      }
      a += 1024
      b += 3072
    }
    if hasEnd {
      while r < 32 {
        end.row(before, r)
        r += 1
      }
    }
    vt_store_0(c)
    vt_store_1(c + 16)
    vt_store_2(c + 32)
    vt_store_3(c + 48)
    vt_store_4(c + 64)
    vt_store_5(c + 80)
  }

  /// The fourth level: digits (3, 0), (2, 1) and (1, 2) of row and weight; rare.
  @inline(never)
  private func fourthLevel(
    _ a: UnsafeRawPointer, lower: Int, slice: Int, _ b: UnsafeRawPointer, blocks: Int,
    _ c: UnsafeMutablePointer<SIMD16<Int32>>
  ) {
    vt_zero_0()
    vt_zero_1()
    for block in 0..<blocks {
      for digit in 0..<3 {
        let rows = a + (3 - digit) * slice + 1024 * block
        vt_load_7(b + 3072 * block + 1024 * digit)
        vt_load_6(rows)
        vt_dot_0()
        vt_load_6(rows + lower)
        vt_dot_1()
      }
    }
    vt_store_0(c)
    vt_store_1(c + 16)
  }
#endif

/// One row's sums of 16 outputs, each pair of digits by itself: independent chains hide the
/// latency.
private struct RowSums {
  var s00 = SIMD16<Int32>(), s01 = SIMD16<Int32>(), s10 = SIMD16<Int32>()
  var s02 = SIMD16<Int32>(), s11 = SIMD16<Int32>(), s20 = SIMD16<Int32>()
  var s30 = SIMD16<Int32>(), s21 = SIMD16<Int32>(), s12 = SIMD16<Int32>()

  /// A group of four inputs at `x` (digits + 128, `slice` bytes apart) with weights at `w`.
  @inline(__always)
  mutating func add(
    _ x: UnsafeRawPointer, _ slice: Int, _ w: UnsafeRawPointer, hasFourth: Bool, isPlain: Bool
  ) {
    @inline(__always) func dot(_ sum: SIMD16<Int32>, _ digit: UInt32, _ w: UnsafeRawPointer)
      -> SIMD16<Int32>
    { isPlain ? vt_dot_plain(sum, digit, w) : vt_dot_vector(sum, digit, w) }
    let x0 = x.load(as: UInt32.self)
    let x1 = (x + slice).load(as: UInt32.self)
    let x2 = (x + 2 * slice).load(as: UInt32.self)
    s00 = dot(s00, x0, w)
    s01 = dot(s01, x0, w + 1024)
    s02 = dot(s02, x0, w + 2048)
    s10 = dot(s10, x1, w)
    s11 = dot(s11, x1, w + 1024)
    s20 = dot(s20, x2, w)
    if hasFourth {
      s30 = dot(s30, (x + 3 * slice).load(as: UInt32.self), w)
      s21 = dot(s21, x2, w + 1024)
      s12 = dot(s12, x1, w + 2048)
    }
  }

  /// Levels of row r, the 128 of the digits taken back.
  @inline(__always)
  func store(
    _ c: UnsafeMutablePointer<SIMD16<Int32>>, _ r: Int, _ corrections: UnsafePointer<SIMD16<Int32>>
  ) {
    let two = corrections[0] &+ corrections[1]
    c[r] = s00 &+ corrections[0]
    c[32 + r] = s01 &+ s10 &+ two
    c[64 + r] = s02 &+ s11 &+ s20 &+ (two &+ corrections[2])
    c[96 + r] = s30 &+ s21 &+ s12 &+ (two &+ corrections[2])
  }
}

/// The same sums by vectors, two rows at a time, from digits + 128: VPDPBUSD, or plain C.
@inline(__always)
func vectorBlock(
  _ a: UnsafeRawPointer, lower: Int, slice: Int, _ b: UnsafeRawPointer, blocks: Int,
  hasFourth: Bool, corrections: UnsafePointer<SIMD16<Int32>>, isPlain: Bool,
  _ c: UnsafeMutablePointer<SIMD16<Int32>>
) {
  for r in stride(from: 0, to: 32, by: 2) {
    let row = (r < 16 ? a : a + lower) + 64 * (r % 16)
    var even = RowSums(), odd = RowSums()
    for block in 0..<blocks {
      for group in 0..<16 {
        let x = row + 1024 * block + 4 * group
        let w = b + 3072 * block + 64 * group
        even.add(x, slice, w, hasFourth: hasFourth, isPlain: isPlain)
        odd.add(x + 64, slice, w, hasFourth: hasFourth, isPlain: isPlain)
      }
    }
    even.store(c, r, corrections)
    odd.store(c, r + 1, corrections)
  }
}
