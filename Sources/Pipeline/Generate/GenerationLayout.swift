import Geometry
import Lattices

/// The position of every byte of a generated dump, computed before the first one is written.
///
/// Ids are ascending and coordinates have fixed widths (five decimals, padded on the left), so the
/// position of a line follows from its id. A line is `id type element x y z`; with elements the
/// reader needs no `--types`.
struct GenerationLayout: Sendable {
  /// Decimals of a coordinate: 10⁻⁵ Å, a hundredth of the resolution of single precision in a large
  /// box.
  static let decimals = 5
  /// Atoms and molecules in a frame.
  let moleculeCount: Int
  /// Bytes of a coordinate along x, y and z.
  let widths: SIMD3<Int>
  /// Headers of all frames, which differ in the step.
  let headers: [[UInt8]]
  /// Offsets of the frames, and the size of the file at the end [frames + 1].
  let frameOffsets: [Int]

  init(_ box: WaterBox, frames: Int, stepsPerFrame: Int) {
    moleculeCount = box.moleculeCount
    let cell = box.cell
    // Corners of the box bound every coordinate.
    var low = Vector.zero, high = Vector.zero
    for corner in 0..<8 {
      let r = cell.position(
        Vector(Double(corner & 1), Double(corner >> 1 & 1), Double(corner >> 2)))
      for axis in 0..<3 {
        (low[axis], high[axis]) = (min(low[axis], r[axis]), max(high[axis], r[axis]))
      }
    }
    func width(_ x: Double) -> Int {
      String(Int(abs(x) + 0.01)).count + 1 + Self.decimals + (x < 0 ? 1 : 0)
    }
    widths = SIMD3(
      max(width(low.x), width(high.x)), max(width(low.y), width(high.y)),
      max(width(low.z), width(high.z)))
    headers = (0..<frames).map {
      Array(Self.header(cell, atoms: 3 * box.moleculeCount, step: $0 * stepsPerFrame).utf8)
    }
    var offsets = [0]
    offsets.reserveCapacity(frames + 1)
    let body =
      Self.digits(ofIdsTo: 3 * moleculeCount) + 3 * moleculeCount * (Self.fixedBytes(widths))
    for header in headers { offsets.append(offsets[offsets.count - 1] + header.count + body) }
    frameOffsets = offsets
  }

  /// Bytes of the file.
  var size: Int { frameOffsets[frameOffsets.count - 1] }

  /// Bytes of a line besides its id: ` 1 O`, a blank before each coordinate, the newline.
  private static func fixedBytes(_ widths: SIMD3<Int>) -> Int {
    4 + 3 + widths.x + widths.y + widths.z + 1
  }

  /// The largest length of a molecule's three lines.
  var longestMolecule: Int { 3 * (String(3 * moleculeCount).count + Self.fixedBytes(widths)) }

  /// The first byte of a molecule's lines.
  func offset(frame: Int, molecule: Int) -> Int {
    frameOffsets[frame] + headers[frame].count + Self.digits(ofIdsTo: 3 * molecule) + 3 * molecule
      * Self.fixedBytes(widths)
  }

  /// Total number of digits in the numbers 1…last.
  static func digits(ofIdsTo last: Int) -> Int {
    var sum = 0, first = 1
    while first <= last {
      sum += last - first + 1
      first *= 10
    }
    return sum
  }

  /// LAMMPS writes the bounding box of a tilted box (manual, “Howto triclinic”).
  private static func header(_ cell: Cell, atoms: Int, step: Int) -> String {
    let (xy, xz, yz) = (cell.b.x, cell.c.x, cell.c.y)
    var lines = ["ITEM: TIMESTEP", "\(step)", "ITEM: NUMBER OF ATOMS", "\(atoms)"]
    if xy == 0, xz == 0, yz == 0 {
      lines.append("ITEM: BOX BOUNDS pp pp pp")
      lines += ["0.0 \(cell.a.x)", "0.0 \(cell.b.y)", "0.0 \(cell.c.z)"]
    } else {
      lines.append("ITEM: BOX BOUNDS xy xz yz pp pp pp")
      lines.append("\(min(0, xy, xz, xy + xz)) \(cell.a.x + max(0, xy, xz, xy + xz)) \(xy)")
      lines.append("\(min(0, yz)) \(cell.b.y + max(0, yz)) \(xz)")
      lines.append("0.0 \(cell.c.z) \(yz)")
    }
    lines.append("ITEM: ATOMS id type element x y z")
    return lines.joined(separator: "\n") + "\n"
  }
}
