import HDF5
import SOAP
import Trajectories

/// What an H5MD file says of its atoms: species as numbers, names or atomic numbers, or the
/// topology module of GROMACS.
struct H5MDNames {
  /// Position of the species dataset, and whether it has a row for each frame.
  let species: String?
  let isSeries: Bool
  /// Whether numbers are atomic numbers, as ASE's and znh5md's are.
  let areAtomicNumbers: Bool
  /// Whether numbers are floating-point, with NaN behind the last atom of a frame.
  let areReals: Bool

  init(_ file: borrowing File, _ group: String, creator: String) throws {
    let name = "\(group)/species"
    isSeries = file.exists("\(name)/value")
    species = isSeries ? "\(name)/value" : file.kind(of: name) == .dataset ? name : nil
    areAtomicNumbers = creator == "znh5md"
    if let species, case .real = try file.dataset(species).datatype {
      areReals = true
    } else {
      areReals = false
    }
  }

  /// Labels of a frame's atoms: names, symbols, or types in digits; nil, with a note, if the type
  /// of the data is not read.
  ///
  /// - Parameter row: row of the species, if they change with time.
  func labels(
    _ file: borrowing File, row: Int, count: Int, path: String, notes: inout [String],
    _ fail: (String) -> TrajectoryError
  ) throws -> [String]? {
    guard let species else { return nil }
    let dataset = try file.dataset(species)
    let shape = dataset.shape
    guard shape.count == (isSeries ? 2 : 1), let width = shape.last, width >= count,
      areReals || width == count
    else {
      throw fail(
        "\(isSeries ? String(species.dropLast(6)) : species): expected one of each of \(count) "
          + "atoms, found \(shape)"
      )
    }
    let start = isSeries ? [row, 0] : [0]
    let size = isSeries ? [1, count] : [count]
    switch dataset.datatype {
    case .enumeration(let names):
      return try dataset.read(UInt8.self, at: start, count: size).map {
        Int($0) < names.count ? names[Int($0)] : "\($0)"
      }
    case .integer:
      return try dataset.read(Int64.self, at: start, count: size).map { label(Int(clamping: $0)) }
    case .real:
      return try dataset.read(Double.self, at: start, count: size).map { value in
        guard let number = Int(exactly: value) else {
          throw fail("\(species): expected whole numbers, found \(value)")
        }
        return label(number)
      }
    case .other(let kind):
      // An enumeration of more than a byte, or with gaps; for any other type --topology can be
      // used.
      if let names = try? dataset.readNames(at: start, count: size) {
        guard !names.contains("") else {
          throw fail(
            "\(isSeries ? String(species.dropLast(6)) : species): an atom has a value that the "
              + "enumeration does not define"
          )
        }
        return names
      }
      notes.append(
        "\(path): \(isSeries ? String(species.dropLast(6)) : species) has a type that cannot be "
          + "read (\(kind)) and is ignored"
      )
      return nil
    default:
      return isSeries ? nil : try dataset.readTexts()
    }
  }

  private func label(_ number: Int) -> String {
    areAtomicNumbers ? symbol(ofAtomicNumber: number) ?? "\(number)" : "\(number)"
  }

  /// Atoms of each frame, where floating-point species are NaN behind the last one; nil if there
  /// are none such.
  func atomCounts(_ file: borrowing File, frames: Int, width: Int) throws -> [Int]? {
    guard let species, areReals, isSeries else { return nil }
    let dataset = try file.dataset(species)
    guard dataset.shape.count == 2, dataset.shape[0] >= frames, dataset.shape[1] == width else {
      return nil
    }
    return try (0..<frames).map { frame in
      let values = try dataset.read(Double.self, at: [frame, 0], count: [1, width])
      return values.lastIndex { !$0.isNaN }.map { $0 + 1 } ?? 0
    }
  }

  /// Labels from the topology module of GROMACS 2026 (`/h5md/modules/gromacs_topology`): blocks of
  /// molecules with names of particles and atomic numbers, 0 for sites without mass.
  static func ofGROMACS(
    _ file: borrowing File, count: Int, path: String, notes: inout [String]
  ) throws -> [String]? {
    let module = "/h5md/modules/gromacs_topology"
    guard file.kind(of: module) == .group else { return nil }
    let group = try file.group(module)
    let names = try group.textAttributes("molecule_block_names")
    let counts: [Int64] = try group.attributes("molecule_block_counts")
    var labels: [String] = []
    for (name, molecules) in zip(names, counts) {
      let block = "\(module)/\(name)"
      let numbers = try file.dataset("\(block)/species").readAll(Int64.self)
      let indices = try file.dataset("\(block)/particle_name").readAll(Int64.self)
      let table = try file.dataset("\(block)/particle_name_table").readTexts()
      guard numbers.count == indices.count,
        indices.allSatisfy({ $0 >= 0 && $0 < Int64(table.count) }),
        molecules >= 0, molecules <= Int64(count), numbers.count <= count
      else { break }
      let molecule = zip(numbers, indices).map { number, index in
        number == 0 ? "M" : symbol(ofAtomicNumber: Int(clamping: number)) ?? table[Int(index)]
      }
      guard labels.count + molecule.count * Int(molecules) <= count else { break }
      for _ in 0..<molecules { labels += molecule }
    }
    guard labels.count == count else {
      notes.append(
        "\(path): the topology module of GROMACS does not describe the \(count) atoms of the "
          + "frames and is not used"
      )
      return nil
    }
    let sites = labels.count { $0 == "M" }
    if sites > 0 {
      notes.append("\(path): \(sites) sites without mass (virtual sites) are ignored")
    }
    return labels
  }
}
