import HDF5
import Trajectories

/// Steps of the rows of an element that changes with time, which need not be those of the
/// positions.
///
/// Source: H5MD 1.1, “Storage of data elements”: a step for each row, or one number, the distance,
/// with an attribute `offset`.
enum H5MDSeries {
  /// The steps of `element`'s rows; nil if it gives none.
  static func steps(
    _ file: borrowing File, _ element: String, rowCount: Int,
    _ fail: (String) -> TrajectoryError
  ) throws -> (values: [Int64], isLinear: Bool)? {
    let name = "\(element)/step"
    guard file.exists(name) else { return nil }
    let dataset = try file.dataset(name)
    func whole(_ value: Double, _ what: String) throws -> Int64 {
      guard let number = Int64(exactly: value) else {
        throw fail("\(name): expected whole numbers, found \(what)\(value)")
      }
      return number
    }
    var values: [Int64]
    if case .real = dataset.datatype {
      values = try dataset.readAll(Double.self).map { try whole($0, "") }
    } else {
      values = try dataset.readAll(Int64.self)
    }
    guard dataset.shape.isEmpty, let distance = values.first else { return (values, false) }
    let offset = try whole(offset(of: dataset, name, fail), "the offset ")
    return ((0..<Int64(rowCount)).map { offset &+ $0 &* distance }, true)
  }

  /// The attribute `offset` of a linear series; 0 if there is none.
  private static func offset(
    of dataset: borrowing Dataset, _ name: String, _ fail: (String) -> TrajectoryError
  ) throws -> Double {
    guard dataset.hasAttribute("offset") else { return 0 }
    if let number = try? dataset.attribute("offset", as: Int64.self) { return Double(number) }
    guard let number = try? dataset.attribute("offset", as: Double.self), number.isFinite else {
      throw fail("\(name): expected a finite number as its attribute offset")
    }
    return number
  }

  /// The row of an element for each of the frames; nil if rows and frames are the same.
  ///
  /// - Parameters:
  ///   - rowCount: rows of the element.
  ///   - steps: step of each frame.
  ///   - isNumbered: whether these are numbers given here, which no element knows.
  /// - Throws: `TrajectoryError` if a frame has no row, unless `isConstant` says that all rows are
  ///   equal: then the first row serves.
  static func rows(
    _ file: borrowing File, _ element: String, rowCount: Int, steps: [Int64], isNumbered: Bool,
    _ fail: (String) -> TrajectoryError, isConstant: () throws -> Bool = { false }
  ) throws -> [Int]? {
    let own = try Self.steps(file, element, rowCount: rowCount, fail)?.values
    guard let own, !isNumbered else {
      guard rowCount < steps.count else { return nil }
      if try isConstant() { return steps.map { _ in 0 } }
      throw fail(
        "\(element)/value: expected a row for each of \(steps.count) frames, found \(rowCount)")
    }
    if own.count >= steps.count, own[..<steps.count].elementsEqual(steps), rowCount >= steps.count {
      return nil
    }
    // Of equal steps the last row counts, as a restart wrote it.
    let places = Dictionary(
      zip(own.prefix(rowCount), 0...), uniquingKeysWith: { _, last in last })
    var rows: [Int] = []
    for step in steps {
      guard let row = places[step] else {
        if try isConstant() { return steps.map { _ in 0 } }
        throw fail(
          "\(element) has its own steps and no row for step \(step) of position: it must be "
            + "written with every frame"
        )
      }
      rows.append(row)
    }
    return rows
  }

  /// Times of the frames in ps; empty, with a note, if their unit is not known.
  static func times(
    _ file: borrowing File, _ element: String, count: Int, isOfGROMACS: Bool, path: String,
    _ fail: (String) -> TrajectoryError
  ) throws -> (times: [Double], isLinear: Bool, note: String?) {
    guard file.exists("\(element)/time") else { return ([], false, nil) }
    let dataset = try file.dataset("\(element)/time")
    let unit =
      (try? dataset.textAttribute("unit"))
      ?? (file.kind(of: element) == .group
        ? try? file.group(element).textAttribute("time_unit") : nil)
      ?? (isOfGROMACS ? "ps" : nil)
    guard let unit, let scale = picoseconds(unit) else {
      let what = unit.map { "is in the unit '\($0)', which is unknown" } ?? "has no unit"
      return (
        [], false,
        "\(path): position/time \(what): times are unknown; specify --time-step PS, the time of "
          + "one step in ps"
      )
    }
    // 64-bit integers are not exact as doubles in general, but as times they are.
    let values: [Double]
    if case .integer = dataset.datatype {
      values = try dataset.readAll(Int64.self).map(Double.init)
    } else {
      values = try dataset.readAll()
    }
    if dataset.shape.isEmpty, let distance = values.first {
      let offset = try offset(of: dataset, "\(element)/time", fail)
      return ((0..<count).map { (offset + Double($0) * distance) * scale }, true, nil)
    }
    guard values.count >= count else {
      return (
        [], false,
        "\(path): position/time has \(values.count) values for \(count) frames: times are unknown; "
          + "specify --time-step PS, the time of one step in ps"
      )
    }
    return (values[..<count].map { $0 * scale }, false, nil)
  }

  /// ps per unit of time, by its symbol or spelled out.
  private static func picoseconds(_ unit: String) -> Double? {
    if let factor = factor(unit, of: "s") { return factor * 1e12 }
    let name = unit.hasSuffix("s") && unit.count > 3 ? String(unit.dropLast()) : unit
    return [
      "ps": 1.0, "picosecond": 1, "fs": 1e-3, "femtosecond": 1e-3, "ns": 1e3, "nanosecond": 1e3,
      "us": 1e6, "µs": 1e6, "μs": 1e6, "microsecond": 1e6, "s": 1e12, "second": 1e12, "sec": 1e12,
    ][name] ?? ["picosecond": 1.0, "femtosecond": 1e-3, "nanosecond": 1e3][name.lowercased()]
  }

  /// Å per unit of length; nil if the unit is not known.
  static func angstroms(_ unit: String) -> Double? {
    if let factor = factor(unit, of: "m") { return factor * 1e10 }
    return switch unit {
    case "Angstrom", "angstrom", "A", "Å", "Angstroms", "angstroms", "Ang", "ang": 1
    case "nm", "nanometer", "nanometers", "nanometre": 10
    case "pm", "picometer": 0.01
    case "um", "µm", "μm", "micrometer": 1e4
    case "m", "meter": 1e10
    case "bohr", "Bohr", "a0", "a_0", "bohrs": 0.529_177_210_903
    default: nil
    }
  }

  /// The power of ten in a unit such as `10-10 m`, as H5MD's module “units” spells factors.
  private static func factor(_ unit: String, of symbol: String) -> Double? {
    let words = unit.split(separator: " ")
    guard words.count == 2, words[1] == symbol, words[0].hasPrefix("10"),
      let power = Int(words[0].dropFirst(2)), abs(power) < 40
    else { return nil }
    return Double("1e\(power)")
  }
}
