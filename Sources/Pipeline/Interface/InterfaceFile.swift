import Frames
import HDF5
import JobControl
import Profiles

/// interface.h5: the results of `verglas interface`, NaN where an interface is missing. F frames, B
/// blocks, I interfaces by ascending position in the first frame with the most common number of
/// them, L layers.
/// ```
/// /verglas                     attributes: format, version, command line, the results file and its
///                              command line
/// /interface/<model>           attributes: class, axis, periodic, definitions, every parameter
///   rises [I] u8               1 if the profile rises with x
///   frame/row, step, time [F]  frames of the results; length [F] of the axis
///   frame/<quantity> [F,I]     in each frame; shift, shift_less_drift [F,I], drift [F], pressure
///                              [F] if known; unfamiliar_count [F] if the model's guard was used
///   block/first, count [B]     frames of each block; block/<quantity> [B,I] in its mean profile;
///                              probability, molecules [B,L]
///   mean/<quantity> [I]        in the mean profile; <quantity>_error [I], jackknife over blocks
///   mean/layers_across [I]     Gibbs thickness in layers; resolved [I] u8, 0 for an upper bound
///   mean/tanh_at_bound [I] u8  1 if the layers do not determine tanh_width
///   mean/edges [L+1]           the mean profile; probability, molecules [L]
///   frame_mean/<quantity> [I]  mean over frames; <quantity>_error [I] from the blocks
///   hysteresis/mean, largest, residual [I]  of shift_less_drift between forward and return path;
///                              attribute turn_step
/// ```
enum InterfaceFile {
  static func write(
    _ measured: [MeasuredInterfaces], _ options: InterfaceOptions,
    _ results: borrowing StoredResults, to path: String
  ) throws {
    let source = try results.text("command_line") ?? ""
    do {
      let file = try File.createAtomically(path, replacing: options.overwrite) { file in
        do {
          let root = try file.createGroup("/verglas")
          try root.setAttribute("format", to: "verglas-interface")
          try root.setAttribute("format_version", to: Int64(1))
          try root.setAttribute("version", to: VerglasVersion.number)
          try root.setAttribute("command_line", to: options.commandLine)
          try root.setAttribute("results", to: options.results)
          try root.setAttribute("results_command_line", to: source)
        }
        for item in measured { try write(item, options, in: file) }
      }
      try file.close()
    } catch let error as HDF5Error {
      throw RunError(creating: path, error)
    }
  }

  private static func write(
    _ item: MeasuredInterfaces, _ options: InterfaceOptions, in file: borrowing File
  ) throws {
    let series = item.series
    let i = series.count, f = item.rows.count, b = series.blockRanges.count,
      l = series.meanProfile.molecules.count
    let base = "/interface/\(item.model.group)"
    try describe(item, options, try file.createGroup(base))
    func reals(_ path: String, _ shape: [Int], _ values: [Double], unit: String? = nil) throws {
      let dataset = try file.createDataset("\(base)/\(path)", .float64, shape: shape)
      if let unit { try dataset.setAttribute("unit", to: unit) }
      if !values.isEmpty { try dataset.write(values) }
    }
    func integers(_ path: String, _ values: [Int64]) throws {
      try file.createDataset("\(base)/\(path)", .int64, shape: [values.count]).write(values)
    }
    func flags(_ path: String, _ values: [Bool]) throws {
      let dataset = try file.createDataset("\(base)/\(path)", .uint8, shape: [values.count])
      if !values.isEmpty { try dataset.write(values.map { $0 ? UInt8(1) : 0 }) }
    }
    try flags("rises", series.rises)
    try integers("frame/row", item.rows.map(Int64.init))
    try integers("frame/step", item.steps)
    try reals("frame/time", [f], item.times, unit: "ps")
    try reals("frame/length", [f], item.sums.map(\.length), unit: "Angstrom")
    if let pressure = item.pressure { try reals("frame/pressure", [f], pressure, unit: "GPa") }
    if let unfamiliar = item.unfamiliar { try integers("frame/unfamiliar_count", unfamiliar) }
    try integers("block/first", series.blockRanges.map { Int64($0.lowerBound) })
    try integers("block/count", series.blockRanges.map { Int64($0.count) })
    for (q, quantity) in InterfaceQuantity.allCases.enumerated() {
      let name = quantity.rawValue, unit = quantity.isLength ? "Angstrom" : nil
      try reals("frame/\(name)", [f, i], series.frames[q].flatMap { $0 }, unit: unit)
      try reals("block/\(name)", [b, i], series.blocks[q].flatMap { $0 }, unit: unit)
      try reals("mean/\(name)", [i], series.mean[q], unit: unit)
      try reals("mean/\(name)_error", [i], series.errors[q], unit: unit)
      try reals("frame_mean/\(name)", [i], series.frameMeans[q].map(\.mean), unit: unit)
      try reals("frame_mean/\(name)_error", [i], series.frameMeans[q].map(\.error), unit: unit)
    }
    try reals("mean/layers_across", [i], series.resolution.map(\.layersAcross))
    try flags("mean/resolved", series.resolution.map(\.isResolved))
    try flags("mean/tanh_at_bound", series.resolution.map(\.isFitAtBound))
    try reals("frame/shift", [f, i], item.shift.shift.flatMap { $0 }, unit: "Angstrom")
    try reals(
      "frame/shift_less_drift", [f, i], item.shift.lessDrift.flatMap { $0 }, unit: "Angstrom")
    try reals("frame/drift", [f], item.shift.drift, unit: "Angstrom")
    try reals("block/probability", [b, l], series.blockProfiles.flatMap(\.mean))
    try reals("block/molecules", [b, l], series.blockProfiles.flatMap(\.molecules))
    try reals("mean/edges", [l + 1], series.meanProfile.edges, unit: "Angstrom")
    try reals("mean/probability", [l], series.meanProfile.mean)
    try reals("mean/molecules", [l], series.meanProfile.molecules)
    if let turn = item.hysteresis.lazy.compactMap({ $0 }).first?.turn {
      try file.createGroup("\(base)/hysteresis").setAttribute("turn_step", to: item.steps[turn])
      try reals("hysteresis/mean", [i], item.hysteresis.map { $0?.mean ?? .nan }, unit: "Angstrom")
      try reals(
        "hysteresis/largest", [i], item.hysteresis.map { $0?.largest ?? .nan }, unit: "Angstrom")
      try reals(
        "hysteresis/residual", [i], item.hysteresis.map { $0?.residual ?? .nan }, unit: "Angstrom")
    }
  }

  private static func describe(
    _ item: MeasuredInterfaces, _ options: InterfaceOptions, _ group: borrowing Group
  ) throws {
    try group.setAttribute("model", to: item.model.name)
    try group.setAttribute("class", to: item.className)
    try group.setAttribute("axis", to: item.axis)
    try group.setAttribute("periodic", to: Int64(item.isPeriodic ? 1 : 0))
    try group.setAttribute("blocks", to: Int64(item.series.blockRanges.count))
    try group.setAttribute("reference_step", to: item.reference.map { item.steps[$0] })
    try options.record(in: group)
    try group.setAttribute("certainty", to: LayerProfile.certainty)
    try group.setAttribute(
      "definitions",
      to: """
        P normalised to its two plateaus, rho = |dP/dx|; position: equal areas; crossing: P = 1/2; \
        gibbs: (int rho)^2/int rho^2; thickness_5_95, thickness_10_90: distance between these \
        levels; ramp: 4 int |P - step|; gradient: int rho/max rho; tanh: least squares of (1 + \
        tanh((x - position)/width))/2 averaged over layers; uncertain: fraction of the molecules \
        within position +- gibbs/2 for which no probability reaches the certainty; shift: change \
        of the fractional position since the reference frames times their length; drift: mean \
        shift of all interfaces; mean: values of the profile averaged over frames that are aligned \
        by their drift; errors: delete-one-block jackknife errors of this run, without the \
        variation between independently made glasses; resolved: 1 if gibbs is at least two layers, \
        else only the upper bound of two layers is known for every thickness; frame_mean: mean \
        over frames, error from block means
        """)
  }
}
