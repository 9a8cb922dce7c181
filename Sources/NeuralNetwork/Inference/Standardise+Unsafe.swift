/// `row[f] = (raw[f] − offset[f])·inverseScale[f]` for `width` features.
///
/// Element by element, so the compiler's vectorisation cannot change the bits. Pointers rather than
/// spans: the loop then has no overlap checks but one, and runs at the speed of the second-level
/// cache.
@inline(__always)
func standardiseRow(
  _ raw: UnsafePointer<Float>, _ offset: UnsafePointer<Float>, _ inverseScale: UnsafePointer<Float>,
  _ row: UnsafeMutablePointer<Float>,
  _ width: Int
) {
  for f in 0..<width { row[f] = (raw[f] - offset[f]) * inverseScale[f] }
}

/// The same in double precision.
@inline(__always)
func standardiseRow(
  _ raw: UnsafePointer<Double>, _ offset: UnsafePointer<Double>,
  _ inverseScale: UnsafePointer<Double>,
  _ row: UnsafeMutablePointer<Double>, _ width: Int
) {
  for f in 0..<width { row[f] = (raw[f] - offset[f]) * inverseScale[f] }
}
