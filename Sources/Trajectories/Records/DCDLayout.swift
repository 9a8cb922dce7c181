/// The header of a DCD file: byte order, contents of a frame, and thus the offset of each frame.
///
/// Source: the file format as CHARMM, X-PLOR, NAMD and LAMMPS write it: Fortran records, each
/// between two copies of its length.
struct DCDLayout: Equatable {
  var order = BinaryFields.Order.little
  /// Bytes of the record length before and after each record: 4, or 8 with some compilers.
  var markerSize: Int64 = 4
  var atomCount: Int64 = 0
  /// Frames according to the header; not up to date if the writer was killed.
  var announcedCount: Int64 = 0
  /// MD step of the first frame, and steps between frames.
  var firstStep: Int64 = 0
  var stepInterval: Int64 = 1
  /// Time of an MD step in ps; nil if the program's unit is not known.
  var timeStep: Double?
  /// What a user should know of the times; nil if they are the program's own.
  var timeNote: String?
  /// Whether the steps are numbers that the writer gave the frames.
  var isNumbered = false
  /// CHARMM's version in the header: from 25 on a cell is its shape matrix.
  var version: Int64 = 0
  var hasCell = false
  /// Whether a fourth array follows x, y and z.
  var hasFourthDimension = false
  /// First byte of the first frame.
  var headerSize: Int64 = 0

  /// The lengths of an array of coordinates with its markers, of a cell with its, and of a frame.
  var arraySize: Int64 { 2 * markerSize + 4 * atomCount }
  var cellSize: Int64 { hasCell ? 2 * markerSize + 48 : 0 }
  var frameSize: Int64 { cellSize + arraySize * (hasFourthDimension ? 4 : 3) }

  /// Byte order and marker size that the first bytes of a file show; nil if it is not DCD.
  static func form(_ start: [UInt8]) -> (
    order: BinaryFields.Order, markerSize: Int64, kind: String
  )? {
    for order in [BinaryFields.Order.little, .big] {
      for size: Int64 in [4, 8] {
        var fields = BinaryFields(start, order: order)
        guard (size == 4 ? fields.int32() : fields.int64()) == 84, start.count >= size + 4 else {
          continue
        }
        let kind = String(decoding: start[Int(size)..<Int(size) + 4], as: UTF8.self)
        if kind == "CORD" || kind == "VELD" { return (order, size, kind) }
      }
    }
    return nil
  }

  /// Reads the header of a file.
  /// - Throws: `TrajectoryError` naming the byte, if it is damaged or not supported.
  init(_ file: PlainFile) throws(TrajectoryError) {
    func fail(_ offset: Int64, _ reason: String) -> TrajectoryError {
      TrajectoryError(path: file.path, reason: "at byte \(offset) of the DCD header: \(reason)")
    }
    let start = try file.bytes(at: 0, count: 256)
    guard let form = Self.form(start) else {
      throw fail(0, "expected a record of 84 bytes that begins with CORD")
    }
    guard form.kind == "CORD" else {
      throw fail(4, "the file holds velocities (VELD), not coordinates")
    }
    order = form.order
    markerSize = form.markerSize
    var fields = BinaryFields(start, order: order, at: Int(markerSize) + 4)
    var control: [Int64] = []
    for _ in 0..<20 { control.append(fields.int32() ?? 0) }
    guard markerSize == 4 ? fields.int32() == 84 : fields.int64() == 84 else {
      throw fail(markerSize + 84, "expected the record's length 84 again")
    }
    // A version in the last word indicates CHARMM's variant (also NAMD's and LAMMPS's), in which
    // words 10 to 12 are used.
    let isCHARMM = control[19] != 0
    version = control[19]
    announcedCount = control[0]
    firstStep = control[1]
    stepInterval = max(1, control[2])
    hasCell = isCHARMM && control[10] != 0
    hasFourthDimension = isCHARMM && control[11] != 0
    guard control[8] == 0 else {
      throw fail(
        markerSize + 4 + 32,
        "\(control[8]) fixed atoms, which only the first frame contains: write the file without "
          + "fixed atoms"
      )
    }
    guard hasCell else {
      throw fail(
        markerSize + 4 + 40,
        "the frames have no unit cell: SOAP descriptors need the periodic cell; write the "
          + "trajectory with its cell"
      )
    }
    headerSize = 2 * markerSize + 84
    let titles = try Self.record(
      in: file, at: &headerSize, form: (order, markerSize), longest: 1 << 20, fail)
    let atoms = try Self.record(
      in: file, at: &headerSize, form: (order, markerSize), longest: 4, fail)
    var counts = BinaryFields(atoms, order: order)
    guard let count = counts.int32(), count > 0 else {
      throw fail(headerSize, "expected a number of atoms")
    }
    atomCount = count
    var words = BinaryFields(start, order: order, at: Int(markerSize) + 40)
    let delta = isCHARMM ? words.float() : words.double()
    // LAMMPS writes the time step in the units of its run, others in those of CHARMM (AKMA): √(amu
    // Å²/(kcal/mol)).
    let isLAMMPS = String(decoding: titles, as: UTF8.self).contains("LAMMPS")
    if isLAMMPS {
      timeNote =
        "\(file.path): LAMMPS writes its time step in the unit of its run, which the file does not "
        + "state: times are unknown; specify --time-step PS, the time of one step in ps"
      return
    }
    guard let delta, delta > 0, delta.isFinite else {
      isNumbered = firstStep == 0 && stepInterval == 1
      timeNote =
        "\(file.path): the header gives no time step: times are unknown"
        + "\(isNumbered ? " and frames are numbered" : ""); specify --time-step PS, the time "
        + "\(isNumbered ? "between frames" : "of one step") in ps"
      return
    }
    let step = delta * Self.akma
    if stepInterval == 1, delta == 1 || abs(step - 1) < 1e-5 {
      isNumbered = true
      timeNote =
        "\(file.path): "
        + "\(delta == 1 ? "the header gives 1 CHARMM unit (0.0489 ps)" : "the header gives 1 ps") "
        + "per step and one step per frame, which VMD's DCD plugin, MDTraj and MDAnalysis write "
        + "if they have neither: times are unknown and frames are numbered; specify --time-step "
        + "PS, the time between frames in ps"
    } else {
      timeStep = step
      // One step per frame, longer than any of MD: the frame's number, as MDAnalysis writes.
      isNumbered = stepInterval == 1 && step > FrameIndex.longestStep
    }
  }

  /// ps per unit of time of CHARMM: √(amu Å²/(kcal/mol)).
  private static let akma = 0.04888821

  /// The content of the record at `offset`, which is advanced.
  private static func record(
    in file: PlainFile, at offset: inout Int64,
    form: (order: BinaryFields.Order, markerSize: Int64), longest: Int64,
    _ fail: (Int64, String) -> TrajectoryError
  ) throws(TrajectoryError) -> [UInt8] {
    func marker(at place: Int64) throws(TrajectoryError) -> Int64? {
      var fields = BinaryFields(
        try file.bytes(at: place, count: Int(form.markerSize)), order: form.order)
      return form.markerSize == 4 ? fields.int32() : fields.int64()
    }
    guard let length = try marker(at: offset), (4...longest).contains(length) else {
      throw fail(offset, "expected a record of 4 to \(longest) bytes")
    }
    var content = try file.bytes(at: offset + form.markerSize, count: Int(length))
    // Old versions of MDAnalysis wrote three titles of 80 letters with the record length for two.
    if try marker(at: offset + form.markerSize + length) != length, length > 4 {
      var fields = BinaryFields(content, order: form.order)
      let titles = 4 + 80 * min(fields.int32() ?? 0, longest / 80)
      if titles > length, try marker(at: offset + form.markerSize + titles) == length {
        content = try file.bytes(at: offset + form.markerSize, count: Int(titles))
        offset += titles - length
      }
    }
    guard try marker(at: offset + form.markerSize + length) == length else {
      throw fail(offset + form.markerSize + length, "expected the record's length \(length) again")
    }
    offset += 2 * form.markerSize + length
    return content
  }

  /// The frames of a file of `size` bytes; the last one may be truncated.
  func frames(size: Int64) -> [FrameLocation] {
    var frames: [FrameLocation] = []
    var offset = headerSize
    while offset < size {
      let isCut = size - offset < frameSize
      let (step, isHuge) = firstStep.addingReportingOverflow(
        stepInterval.multipliedReportingOverflow(by: Int64(frames.count)).partialValue)
      frames.append(
        FrameLocation(
          file: 0, ordinal: 0, offset: offset, bodyOffset: min(size, offset + cellSize),
          end: min(size, offset + frameSize), step: step,
          atomCount: atomCount, line: 0, bodyLine: 0, lineCount: isCut ? 0 : Int(atomCount),
          header: isCut ? .cut : .complete,
          hasStep: !isHuge, isUnterminated: false, units: nil, isNumbered: isNumbered))
      offset += frameSize
    }
    return frames
  }
}
