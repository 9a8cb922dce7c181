import Foundation
import Geometry
import TestSupport

/// A small water trajectory, and the ways to write it as a LAMMPS dump.
public struct WaterDump: Sendable {
  /// Frames: ice with increasing disorder, each in its own cell.
  public var frames: [Configuration]
  /// MD steps of the frames.
  public var steps: [Int]

  /// Ice Ih of `repeats` cells, with displacements of 0.15 Å, more in each frame, compressed by 1 %
  /// per frame.
  public init(frames count: Int, repeats: SIMD3<Int> = SIMD3(2, 1, 2), seed: UInt64 = 1) throws {
    var generator = SeededGenerator(seed: seed)
    let ice = try Lattice.iceIh(repeats)
    frames = try (0..<count).map { f in
      var frame = ice.shaken(by: 0.15 + 0.05 * Double(f), using: &generator)
      let scale = 1 - 0.01 * Double(f)
      frame.cell = try Cell(lengths: Vector(ice.cell.a.x, ice.cell.b.y, ice.cell.c.z) * scale)
      frame.positions = frame.positions.map { $0 * scale }
      return frame
    }
    steps = (0..<count).map { 100 * $0 }
  }

  /// Number of molecules in a frame.
  public var molecules: Int { frames[0].elements.filter { $0 == 8 }.count }

  /// The style of a dump.
  public struct Style: Sendable {
    /// Columns: any of id mol type element x y z xu yu zu xs ys zs xsu ysu zsu, others hold 0.5.
    public var columns = "id type x y z"
    /// Boundary words.
    public var boundary = "pp pp pp"
    /// Lower corner of the box.
    public var origin = Vector.zero
    /// Whole edges by which b leans along a, c along a, c along b: another cell of the same
    /// lattice; nil for an orthogonal box.
    public var lean: Vector? = nil
    /// General-triclinic box lines (`abc origin`).
    public var isGeneral = false
    /// Order of the atom lines in frame `f`.
    public var order: @Sendable (_ frame: Int, _ count: Int) -> [Int] = { _, count in
      Array(0..<count)
    }
    /// Whole edges to add to atom k's position along each axis, in unwrapped columns and in x y z
    /// if `isUnwrapped`.
    public var isUnwrapped = false
    /// Text before ITEM: TIMESTEP.
    public var preamble = ""
    /// Id of the k-th atom.
    public var id: @Sendable (_ atom: Int) -> Int = { $0 + 1 }
    /// Factor from Å to the file's length unit.
    public var lengthFactor = 1.0
    /// The defaults.
    public init() {}
  }

  /// The lines of frame `f`.
  public func lines(_ f: Int, _ style: Style = Style()) -> [String] {
    let frame = frames[f]
    let cell = frame.cell
    let edges = Vector(cell.a.x, cell.b.y, cell.c.z) * style.lengthFactor
    var lines = style.preamble.isEmpty ? [] : style.preamble.split(separator: "\n").map(String.init)
    lines += ["ITEM: TIMESTEP", "\(steps[f])", "ITEM: NUMBER OF ATOMS", "\(frame.positions.count)"]
    let low = style.origin
    let lean = style.lean ?? .zero
    let t = Vector(lean.x * edges.x, lean.y * edges.x, lean.z * edges.y)
    if style.isGeneral {
      lines.append("ITEM: BOX BOUNDS abc origin \(style.boundary)")
      lines.append("\(edges.x) 0 0 \(low.x)")
      lines.append("\(t.x) \(edges.y) 0 \(low.y)")
      lines.append("\(t.y) \(t.z) \(edges.z) \(low.z)")
    } else if style.lean != nil {
      // Bounds of the bounding box, as LAMMPS writes them.
      lines.append("ITEM: BOX BOUNDS xy xz yz \(style.boundary)")
      let xs = [0, t.x, t.y, t.x + t.y]
      lines.append("\(low.x + xs.min()!) \(low.x + edges.x + xs.max()!) \(t.x)")
      lines.append("\(low.y + min(0, t.z)) \(low.y + edges.y + max(0, t.z)) \(t.y)")
      lines.append("\(low.z) \(low.z + edges.z) \(t.z)")
    } else {
      lines.append("ITEM: BOX BOUNDS \(style.boundary)")
      for axis in 0..<3 { lines.append("\(low[axis]) \(low[axis] + edges[axis])") }
    }
    lines.append("ITEM: ATOMS \(style.columns)")
    for k in style.order(f, frame.positions.count) {
      // The values in a file: seven decimals of Å, the same for every style.
      let r = cell.wrapped(frame.positions[k]).position
      let kept =
        Vector(Self.rounded(r.x), Self.rounded(r.y), Self.rounded(r.z)) * style.lengthFactor
      lines.append(atom(k, kept, element: frame.elements[k], edges: edges, tilt: t, style))
    }
    return lines
  }

  private static func rounded(_ x: Double) -> Double { (x * 1e7).rounded() / 1e7 }

  private func atom(
    _ k: Int, _ r: Vector, element: Int, edges: Vector, tilt t: Vector, _ style: Style
  ) -> String {
    let image = Vector(Double(k % 3 - 1), Double(k % 5 - 2), Double(k % 2))
    let shift = Vector(
      image.x * edges.x + image.y * t.x + image.z * t.y, image.y * edges.y + image.z * t.z,
      image.z * edges.z)
    let moved = style.isUnwrapped ? shift : Vector(0, 0, 0)
    // Fractional coordinates by back substitution.
    let sz = r.z / edges.z, sy = (r.y - sz * t.z) / edges.y
    let s = Vector((r.x - sy * t.x - sz * t.y) / edges.x, sy, sz)
    return style.columns.split(separator: " ").map { name -> String in
      switch name {
      case "id": "\(style.id(k))"
      case "mol": "\(k / 3 + 1)"
      case "type": element == 8 ? "1" : "2"
      case "element": element == 8 ? "O" : "H"
      case "x", "y", "z":
        "\(style.origin[Self.axis(name)] + r[Self.axis(name)] + moved[Self.axis(name)])"
      case "xu", "yu", "zu":
        "\(style.origin[Self.axis(name)] + r[Self.axis(name)] + shift[Self.axis(name)])"
      case "xs", "ys", "zs": "\(s[Self.axis(name)])"
      case "xsu", "ysu", "zsu": "\(s[Self.axis(name)] + image[Self.axis(name)])"
      default: "0.5"
      }
    }.joined(separator: " ")
  }

  private static func axis(_ name: Substring) -> Int {
    name.first == "x" ? 0 : name.first == "y" ? 1 : 2
  }

  /// The whole dump.
  public func text(_ style: Style = Style(), newline: String = "\n") -> String {
    frames.indices.flatMap { lines($0, style) }.map { $0 + newline }.joined()
  }
}
