import Geometry

/// Frames as text for OVITO, VMD and all programs that read extended XYZ or LAMMPS dumps.
///
/// Columns, in both: id, species, position (Å, wrapped), `phase` (number in the order of classes,
/// IA last), `p_class` (extended XYZ: one column of K components; dump: one column `p_<class>`
/// each), `cluster` (smallest id in it), `ia_kind` (0 not IA, 1 interfacial, 2 isolated, 3 other)
/// and the colour of the phase, which OVITO uses as the particle colour. The type in a dump is
/// `phase` + 1: VMD, which ignores further columns, colours by type.
struct ExportAtoms {
  let species: String
  let model: ResultsOutline.StoredModel

  private var phaseNames: [String] {
    model.classes + ["IA"] + (model.hasUnfamiliar ? [ModelFamiliarity.label] : [])
  }

  /// One frame of extended XYZ.
  func extendedXYZ(_ frame: ExportFrame) -> String {
    let cell = frame.cell
    func numbers(_ v: Vector) -> String { "\(v.x) \(v.y) \(v.z)" }
    var properties = "species:S:1:pos:R:3:id:I:1:phase:I:1"
    if frame.probabilities != nil { properties += ":p_class:R:\(model.classes.count)" }
    if frame.clusters != nil { properties += ":cluster:I:1" }
    properties += ":ia_kind:I:1:color:R:3"
    let periodic = (0..<3).map { cell.repeats(along: $0) ? "T" : "F" }.joined(separator: " ")
    var text = "\(frame.chosen.count)\n"
    text +=
      "Lattice=\"\(numbers(cell.a)) \(numbers(cell.b)) \(numbers(cell.c))\" "
      + "Origin=\"\(numbers(cell.origin))\" pbc=\"\(periodic)\" "
    text += "Properties=\(properties) Timestep=\(frame.step)"
    if frame.time.isFinite { text += " Time=\(frame.time)" }
    if frame.pressure.isFinite { text += " Pressure_GPa=\(frame.pressure)" }
    text +=
      " model=\"\(Self.quoted(model.name))\" "
      + "phases=\"\(phaseNames.map(Self.quoted).joined(separator: " "))\"\n"
    for i in frame.chosen {
      let phase = Int(frame.phases[i])
      text +=
        "\(species) \(place(frame, i)) \(frame.atoms.ids[i]) \(phase)\(values(frame, i)) "
        + "\(color(phase))\n"
    }
    return text
  }

  /// One frame of a LAMMPS dump.
  ///
  /// With the sections that LAMMPS writes by default, in its order, because MDAnalysis reads no
  /// others. There is neither `ITEM: UNITS` nor `ITEM: TIME`; a dump without units is read in Å,
  /// and times are in extended XYZ.
  func dump(_ frame: ExportFrame) -> String {
    let cell = frame.cell
    var text = "ITEM: TIMESTEP\n\(frame.step)\nITEM: NUMBER OF ATOMS\n\(frame.chosen.count)\n"
    let boundary = (0..<3).map { cell.repeats(along: $0) ? "pp" : "ff" }.joined(separator: " ")
    let (a, b, c, o) = (cell.a, cell.b, cell.c, cell.origin)
    if a.y == 0, a.z == 0, b.z == 0, a.x > 0, b.y > 0, c.z > 0 {
      if b.x == 0, c.x == 0, c.y == 0 {
        text +=
          "ITEM: BOX BOUNDS \(boundary)\n\(o.x) \(o.x + a.x)\n\(o.y) \(o.y + b.y)\n\(o.z) "
          + "\(o.z + c.z)\n"
      } else {
        // Bounds of the box around the tilted cell, as LAMMPS writes them.
        let (xy, xz, yz) = (b.x, c.x, c.y)
        text += "ITEM: BOX BOUNDS xy xz yz \(boundary)\n"
        text += "\(o.x + min(0, xy, xz, xy + xz)) \(o.x + a.x + max(0, xy, xz, xy + xz)) \(xy)\n"
        text += "\(o.y + min(0, yz)) \(o.y + b.y + max(0, yz)) \(xz)\n\(o.z) \(o.z + c.z) \(yz)\n"
      }
    } else {
      text += "ITEM: BOX BOUNDS abc origin \(boundary)\n"
      for (edge, low) in [(a, o.x), (b, o.y), (c, o.z)] {
        text += "\(edge.x) \(edge.y) \(edge.z) \(low)\n"
      }
    }
    var columns = "id type element x y z phase"
    if frame.probabilities != nil {
      columns += model.classes.map { " p_\(Self.word($0))" }.joined()
    }
    if frame.clusters != nil { columns += " cluster" }
    text += "ITEM: ATOMS \(columns) ia_kind Color.R Color.G Color.B\n"
    for i in frame.chosen {
      let phase = Int(frame.phases[i])
      text +=
        "\(frame.atoms.ids[i]) \(phase + 1) \(species) \(place(frame, i)) \(phase)\(values(frame, i)) "
        + "\(color(phase))\n"
    }
    return text
  }

  private func color(_ phase: Int) -> String { PhaseColor.text(phaseNames[phase], phase) }

  private func place(_ frame: ExportFrame, _ i: Int) -> String {
    func rounded(_ x: Double) -> Double { (x * 1e5).rounded() / 1e5 }
    return "\(rounded(frame.atoms.x[i])) \(rounded(frame.atoms.y[i])) \(rounded(frame.atoms.z[i]))"
  }

  /// Probabilities, cluster and kind of a molecule.
  private func values(_ frame: ExportFrame, _ i: Int) -> String {
    let k = model.classes.count
    var text = ""
    if let p = frame.probabilities { for c in 0..<k { text += " \(p[i * k + c])" } }
    if let clusters = frame.clusters { text += " \(clusters[i])" }
    return text + " \(frame.kinds[i])"
  }

  /// A name without spaces, for a column.
  private static func word(_ name: String) -> String {
    name.map { $0.isWhitespace ? "_" : String($0) }.joined()
  }
  /// A text that can be quoted.
  private static func quoted(_ text: String) -> String { text.filter { $0 != "\"" && $0 != "\n" } }
}
