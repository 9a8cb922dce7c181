/// What `PairCounter` reads of the images of the centres, as records in the order of the grid.
final class MoleculeRecords {
  /// Coordinates in double precision.
  let images: SpeciesImages
  /// Displacements of two attached atoms, then the label of each labelling times the length of a
  /// row of the histograms (an integer in the bits of a float); [images, width].
  let records: UnsafeMutablePointer<Float>
  let width: Int
  /// Records are padded to a vector of eight lanes.
  static let leastWidth = 8
  /// The atoms of each centre.
  let attached: AttachedAtoms?
  /// Length in Å of the longest displacement.
  let longest: Double

  init(
    _ images: SpeciesImages, attached: AttachedAtoms?, labels: [[UInt8]], rowLength: Int
  ) {
    let count = images.count
    self.images = images
    self.attached = attached
    width = max(6 + labels.count, Self.leastWidth)
    records = .allocate(capacity: max(count, 1) * width)
    records.initialize(repeating: 0, count: max(count, 1) * width)
    var longest = 0.0
    if let attached {
      for k in 0..<count {
        let center = Int(images.atom[k])
        let lanes = attached.displacements[center]
        for c in 0..<6 { records[k * width + c] = Float(lanes[c]) }
        for a in 0..<min(Int(lanes[6]), AttachedAtoms.most) {
          let d = attached.displacement(a, of: center)
          longest = max(longest, dot(d, d))
        }
      }
    }
    for (m, list) in labels.enumerated() {
      for k in 0..<count {
        let place = Int32(Int(list[Int(images.atom[k])]) * rowLength)
        records[k * width + 6 + m] = Float(bitPattern: UInt32(bitPattern: place))
      }
    }
    self.longest = longest.squareRoot()
  }

  deinit { records.deallocate() }

  /// Label of a labelling times the length of a row.
  @inline(__always)
  func label(_ m: Int, of slot: Int) -> Int {
    Int(Int32(bitPattern: records[slot * width + 6 + m].bitPattern))
  }

  /// Displacements of the two atoms of the molecule at a slot.
  func atoms(of slot: Int) -> (Vector, Vector) {
    guard let attached else { return (.zero, .zero) }
    let center = Int(images.atom[slot])
    return (attached.displacement(0, of: center), attached.displacement(1, of: center))
  }
}
