/// Identifies the atoms of trajectories without names (XTC, TRR, DCD): the atoms of a structure
/// file, in the order of the trajectory.
public struct Topology: Sendable, Equatable {
  /// The path as given by the user.
  public let path: String
  /// Atom ids by position in the trajectory: as in a LAMMPS data file, ascending; nil if they are
  /// 1, 2, ….
  let ids: [Int64]?
  /// The distinct labels: names of atoms as in the file, elements, or LAMMPS types in digits, which
  /// `--types` maps to elements.
  let labels: [String]
  /// The element of each label: by the file, or by the conventions for names; empty for a label
  /// that is an element, and for a type of which the file says nothing.
  let elements: [String]
  /// Label of each atom, as an index into `labels`.
  let labelOfAtom: [UInt8]
  /// Notes for the user, each once.
  public let notes: [String]

  /// Atoms in every frame of a trajectory that belongs to it.
  public var atomCount: Int { labelOfAtom.count }

  /// Whether no label is a type in digits, which would need `--types`.
  var namesElements: Bool { labels.allSatisfy { Int($0) == nil } }

  /// Atoms with labels, of which there are at most 255 different ones.
  init(
    path: String, ids: [Int64]?, labels: [String], elements: [String]? = nil, labelOfAtom: [UInt8],
    notes: [String] = []
  ) {
    precondition(ids == nil || ids?.count == labelOfAtom.count, "an id for each atom or none")
    self.path = path
    self.ids = ids
    self.labels = labels
    self.elements = elements ?? labels.map { _ in "" }
    self.labelOfAtom = labelOfAtom
    self.notes = notes
  }

  /// Atoms by label, in the order of a trajectory's frames, or by id where ids are given.
  ///
  /// Labels are elements, atom names, or types in digits; `names` are those of the file, if they
  /// are others. Nil if there are more than 250 distinct elements, or if the number of ids differs.
  public init?(path: String, ids: [Int64]?, labels all: [String], names: [String]? = nil) {
    guard ids == nil || ids?.count == all.count else { return nil }
    let order = ids.map { ids in all.indices.sorted { ids[$0] < ids[$1] } } ?? Array(all.indices)
    var table = AtomLabels()
    for position in order {
      let label = all[position]
      let isType = Int(label) != nil
      guard
        table.add(
          name: isType ? label : (names ?? all)[position],
          element: isType ? label : AtomNames.element(ofAtom: label))
      else { return nil }
    }
    self.init(
      path: path, ids: ids.map { ids in order.map { ids[$0] } }, labels: table.labels,
      elements: table.elements, labelOfAtom: table.labelOfAtom)
  }

  /// The same atoms with notes for the user.
  func noting(_ notes: [String]) -> Topology {
    Topology(
      path: path, ids: ids, labels: labels, elements: elements, labelOfAtom: labelOfAtom,
      notes: notes)
  }

  /// Id of the atom at a position in the trajectory.
  func id(ofAtom position: Int) -> Int64 { ids.map { $0[position] } ?? Int64(position + 1) }

  /// The labels, with elements instead of the names and types that the user did not specify.
  func labels(for map: SpeciesMap) -> [String] {
    zip(labels, elements).map { label, element in
      let isSpecified =
        Int(label) == nil ? map.types.labels[label] != nil : !map.types.isEmpty
      return isSpecified || element.isEmpty ? label : element
    }
  }

  /// Atoms of each label.
  func census(for map: SpeciesMap) -> [String: Int] {
    var counts = [Int](repeating: 0, count: labels.count)
    for label in labelOfAtom { counts[Int(label)] += 1 }
    var census: [String: Int] = [:]
    for (label, count) in zip(labels(for: map), counts) where count > 0 {
      census[label, default: 0] += count
    }
    return census
  }
}

extension Topology {
  /// The topology as bytes, for the other ranks.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.put(Array(path.utf8))
    writer.put(Int64(labels.count))
    for label in labels + elements { writer.put(Array(label.utf8)) }
    writer.put(labelOfAtom)
    writer.put(Int64(ids?.count ?? 0))
    for id in ids ?? [] { writer.put(id) }
    writer.put(Int64(notes.count))
    for note in notes { writer.put(Array(note.utf8)) }
    return writer.bytes
  }

  /// A hash of ids, labels and elements in the file, but not of its name or positions. FNV-1a, 64
  /// bits.
  ///
  /// Detects whether a resumed run uses the same topology; not a protection against forgery.
  public var fingerprint: UInt64 {
    // Without the names that only `--types` may need, so that the hash is that of results made
    // before they were kept.
    var table = AtomLabels(keepsNames: false)
    let added = labels.indices.map { k in
      let isType = Int(labels[k]) != nil
      return table.index(
        name: labels[k], element: isType || elements[k].isEmpty ? labels[k] : elements[k])
    }
    let places = added.map { $0 ?? 0 }
    let types = Dictionary(
      zip(labels, elements).filter { Int($0.0) != nil }, uniquingKeysWith: { first, _ in first })
    return Topology(
      path: "", ids: ids, labels: table.labels,
      elements: table.labels.map { types[$0] ?? "" },
      labelOfAtom: labelOfAtom.map { places[Int($0)] }
    ).encode().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Decodes the result of `encode()`.
  /// - Throws: `TrajectoryError` if the bytes are incomplete or invalid.
  public init(decoding bytes: [UInt8]) throws(TrajectoryError) {
    var reader = ByteReader(bytes)
    path = String(decoding: try reader.byteString(), as: UTF8.self)
    var labels: [String] = []
    let labelCount = try reader.count(ofSize: 16)
    for _ in 0..<(2 * labelCount) {
      labels.append(String(decoding: try reader.byteString(), as: UTF8.self))
    }
    self.labels = Array(labels[..<labelCount])
    elements = Array(labels[labelCount...])
    labelOfAtom = try reader.byteString()
    var ids: [Int64] = []
    for _ in 0..<(try reader.count(ofSize: 8)) { ids.append(try reader.integer()) }
    self.ids = ids.isEmpty ? nil : ids
    var notes: [String] = []
    for _ in 0..<(try reader.count(ofSize: 8)) {
      notes.append(String(decoding: try reader.byteString(), as: UTF8.self))
    }
    self.notes = notes
    guard ids.isEmpty || ids.count == labelOfAtom.count,
      labelOfAtom.allSatisfy({ Int($0) < labelCount })
    else {
      throw ByteReader.damaged
    }
    try reader.finish()
  }
}
