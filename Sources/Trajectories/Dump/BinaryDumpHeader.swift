/// The header of a frame in a LAMMPS binary dump (`dump atom` or `dump custom` to a file whose name
/// ends in .bin).
///
/// Source: LAMMPS' own converter `tools/binary2txt.cpp`, revision 2 of the layout: the negative
/// length of a magic word and the word, byte order, revision, step, number of atoms, kind of cell,
/// boundaries, cell, number of columns, unit style, time, names of the columns; then the number of
/// blocks, one for each process, each its number of doubles and these. Little-endian.
struct BinaryDumpHeader: Equatable {
  /// The cells that LAMMPS writes.
  enum Shape: Int64 { case orthogonal, restricted, general }

  var step: Int64
  var atomCount: Int64
  var shape: Shape
  /// The boundaries at the lower and upper face across each axis, as letters.
  var boundary: [String]
  /// Bounds of the box along each axis, and tilts xy, xz, yz of a restricted cell; edges and origin
  /// of a general one.
  var box: [Double]
  /// Unit style, if the frame has it: LAMMPS writes it with the first frame of a run.
  var units: String?
  /// Time in units of the style, if the dump has it.
  var time: Double?
  var columns: [String]
  /// Blocks of atoms.
  var blockCount: Int64
  /// Bytes up to the first block.
  var size: Int64

  /// Most bytes of a header.
  static let limit = 4096

  /// Bytes of the whole frame.
  var length: Int64 { size + 4 * blockCount + 8 * Int64(columns.count) * atomCount }

  /// Reads the header at the start of `bytes`; nil if there is none.
  init?(_ bytes: [UInt8]) {
    var fields = BinaryFields(bytes, order: .little)
    guard let negative = fields.int64(), negative == -8 || negative == -10,
      let word = fields.bytes(Int(-negative)),
      ["DUMPATOM", "DUMPCUSTOM"].contains(String(decoding: word, as: UTF8.self)),
      fields.int32() == 1, fields.int32() == 2, let step = fields.int64(),
      let atomCount = fields.int64(), (0..<(1 << 40)).contains(atomCount),
      let shape = fields.int32().flatMap(Shape.init)
    else { return nil }
    var boundary: [String] = []
    for _ in 0..<6 {
      guard let kind = fields.int32(), (0..<4).contains(kind) else { return nil }
      boundary.append(["p", "f", "s", "m"][Int(kind)])
    }
    let counts: [Shape: Int] = [.orthogonal: 6, .restricted: 9, .general: 12]
    guard let box = fields.reals(counts[shape] ?? 0, isDouble: true),
      let columnCount = fields.int32(), (1...512).contains(columnCount),
      let units = Self.text(&fields, longest: 16), let hasTime = fields.bytes(1)
    else { return nil }
    if hasTime[0] != 0 {
      guard let time = fields.double() else { return nil }
      self.time = time
    }
    guard let names = Self.text(&fields, longest: 3072) else { return nil }
    columns = names.split(separator: " ").map(String.init)
    guard columns.count == Int(columnCount), let blockCount = fields.int32(),
      (1...(1 << 24)).contains(blockCount)
    else { return nil }
    self.step = step
    self.atomCount = atomCount
    self.shape = shape
    self.boundary = boundary
    self.box = box
    self.units = units.isEmpty ? nil : units
    self.blockCount = blockCount
    size = Int64(fields.position)
  }

  private static func text(_ fields: inout BinaryFields, longest: Int64) -> String? {
    guard let length = fields.int32(), (0...longest).contains(length) else { return nil }
    return fields.bytes(Int(length)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The same header as a text dump has it, with all digits, so that one reader interprets both.
  var text: [UInt8] {
    var lines: [String] = []
    if let units { lines += ["ITEM: UNITS", units] }
    if let time { lines += ["ITEM: TIME", "\(time)"] }
    lines += ["ITEM: TIMESTEP", "\(step)", "ITEM: NUMBER OF ATOMS", "\(atomCount)"]
    let sides: [String] = (0..<3).map { axis in boundary[2 * axis] + boundary[2 * axis + 1] }
    let pairs = sides.joined(separator: " ")
    var rows = (0..<3).map { shape == .general ? Array(box[3 * $0..<3 * $0 + 3]) : bounds($0) }
    switch shape {
    case .orthogonal: lines.append("ITEM: BOX BOUNDS \(pairs)")
    case .restricted:
      lines.append("ITEM: BOX BOUNDS xy xz yz \(pairs)")
      for axis in 0..<3 { rows[axis].append(box[6 + axis]) }
    case .general:
      lines.append("ITEM: BOX BOUNDS abc origin \(pairs)")
      for axis in 0..<3 { rows[axis].append(box[9 + axis]) }
    }
    lines += rows.map { $0.map { "\($0)" }.joined(separator: " ") }
    lines.append("ITEM: ATOMS \(columns.joined(separator: " "))")
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private func bounds(_ axis: Int) -> [Double] { [box[2 * axis], box[2 * axis + 1]] }
}
