import JobControl
import Profiles

/// The table that `verglas interface` prints.
enum InterfaceReport {
  private static let labels: [(InterfaceQuantity, String)] = [
    (.position, "position x_G"), (.crossing, "50 % crossing"), (.gibbs, "thickness gibbs"),
    (.fiveToNinetyFive, "  5-95 %"),
    (.tenToNinety, "  10-90 %"), (.ramp, "  ramp"), (.gradient, "  gradient"),
    (.tanhWidth, "tanh w (3 w = gibbs)"),
    (.left, "plateau left"),
    (.right, "plateau right"), (.uncertain, "p < 0.9 inside"),
  ]

  static func lines(_ item: MeasuredInterfaces) -> [String] {
    let series = item.series
    let n = series.count
    let f = item.rows.count
    var lines = [
      "",
      "\(item.model.name): P(\(item.className)) along "
        + "\(item.axis)\(item.isPeriodic ? " (periodic)" : ""), \(f) frame\(f == 1 ? "" : "s"), "
        + "\(series.blockRanges.count) block\(series.blockRanges.count == 1 ? "" : "s"), layers "
        + "of "
        + "\(Log.fixed(series.meanProfile.length / Double(series.meanProfile.molecules.count), 3)) "
        + "Å; \(n == 0 ? "no interface" : "\(n) interface\(n == 1 ? "" : "s")")",
    ]
    if let line = unfamiliar(item) { lines.append(line) }
    guard n > 0 else { return lines }
    let heads = (0..<n).map { "\($0 + 1) (\(series.rises[$0] ? "rises" : "falls"))" }
    lines.append(row("mean profile", heads))
    for (quantity, label) in labels {
      let q = InterfaceQuantity.allCases.firstIndex(of: quantity)!
      if series.mean[q].allSatisfy(\.isNaN) { continue }
      let decimals = quantity.isLength ? 2 : 3
      lines.append(
        row(
          "  \(label)\(quantity.isLength ? " (Å)" : "")",
          (0..<n).map { i in
            bound(quantity, series.resolution[i])
              ?? value(series.mean[q][i], series.errors[q][i], decimals)
          }))
    }
    lines.append(row("mean over the frames", heads))
    for (quantity, label) in labels
    where [.position, .gibbs, .fiveToNinetyFive, .tanhWidth].contains(quantity) {
      let q = InterfaceQuantity.allCases.firstIndex(of: quantity)!
      lines.append(
        row(
          "  \(label.split(separator: " ").first == "5-95" ? "thickness 5-95 %" : label) (Å)",
          (0..<n).map { i in
            bound(quantity, series.resolution[i])
              ?? value(series.frameMeans[q][i].mean, series.frameMeans[q][i].error, 2)
          }))
    }
    if series.errors.contains(where: { $0.contains { !$0.isNaN } }) {
      lines.append(
        "  (±: jackknife over the blocks of this run; glasses made independently differ by more)")
    }
    return lines + blocks(item) + shifts(item)
  }

  /// How many molecules of the frames the model's guard recognised; nil if it was not used.
  private static func unfamiliar(_ item: MeasuredInterfaces) -> String? {
    guard let counts = item.unfamiliar else { return nil }
    let all = item.sums.reduce(0) { $0 + $1.molecules.reduce(0, +) }
    let count = Int(counts.reduce(0, +))
    return "  the profile includes \(Log.grouped(count)) unfamiliar \(item.model.unit)s, "
      + "\(Log.fixed(100 * Double(count) / max(all, 1), 2)) % of those in these frames"
  }

  /// The text printed for a thickness that the layers do not resolve; nil if they do, and for other
  /// quantities.
  private static func bound(_ quantity: InterfaceQuantity, _ resolution: InterfaceResolution)
    -> String?
  {
    switch quantity {
    case .gibbs, .fiveToNinetyFive, .tenToNinety, .ramp, .gradient:
      return resolution.layersAcross.isNaN || resolution.isResolved
        ? nil : "< \(number(resolution.upperBound, 2)) not resolved"
    case .tanhWidth:
      return !resolution.isFitAtBound && (resolution.layersAcross.isNaN || resolution.isResolved)
        ? nil : resolution.isFitAtBound ? "at the bound of the fit" : "not resolved"
    default: return nil
    }
  }

  /// One line for each interface, for the table of `analyze`.
  static func summary(_ item: MeasuredInterfaces) -> [String] {
    let series = item.series
    func text(_ quantity: InterfaceQuantity, _ i: Int, _ decimals: Int) -> String {
      let q = InterfaceQuantity.allCases.firstIndex(of: quantity)!
      return value(series.mean[q][i], series.errors[q][i], decimals)
    }
    var lines = (0..<series.count).map { i in
      let resolution = series.resolution[i]
      let place = "  interface of \(item.className) at \(item.axis) = \(text(.position, i, 2)) Å: "
      guard resolution.layersAcross.isNaN || resolution.isResolved else {
        return place + "thickness not resolved, below two layers "
          + "(\(Log.fixed(resolution.upperBound, 1)) Å)"
      }
      return place + "thickness gibbs \(text(.gibbs, i, 1)) Å, "
        + "5-95 % \(text(.fiveToNinetyFive, i, 1)) Å, 10-90 % \(text(.tenToNinety, i, 1)) Å"
    }
    if series.count > 0 {
      lines.append(
        "    (mean profile, corrected for the drift of the slab; details: verglas interface)")
    } else {
      lines.append(
        "  no interface of \(item.className) along \(item.axis) (for weak interfaces see the "
          + "options of verglas interface)"
      )
    }
    return lines
  }

  /// A warning about layers with so few molecules that their mean is mostly noise; nil if there are
  /// none. Empty layers are vacuum.
  static func sparse(_ item: MeasuredInterfaces) -> String? {
    let frames = Double(item.sums.count)
    let counts = item.series.meanProfile.molecules.indices.map { layer in
      item.sums.reduce(0) { $0 + $1.molecules[layer] } / frames
    }
    let few = counts.filter { $0 > 0 && $0 < Double(ProfileTable.fewMolecules) }
    guard let least = few.min() else { return nil }
    // Thicker layers would hide an interface that these hardly resolve.
    let isFine = item.series.resolution.allSatisfy {
      !($0.layersAcross < 2 * InterfaceResolution.comfortable)
    }
    let place =
      "\(few.count) of \(counts.count) layers hold fewer than \(ProfileTable.fewMolecules) "
      + "\(item.model.unit)s per frame (minimum \(Log.fixed(least, 1))): the profile of a single "
      + "frame is noisy"
    guard item.series.count > 0 else {
      return place + "; average over frames, or use a larger --layer-width"
    }
    return place + ", which makes gibbs and gradient too small; compare gibbs with 3 w, or "
      + (isFine ? "use a larger --layer-width" : "average over more frames")
  }

  /// A warning of interfaces that the layers do not resolve, or hardly; nil if there are none.
  static func unresolved(_ item: MeasuredInterfaces) -> String? {
    let resolution = item.series.resolution
    guard let layer = resolution.first?.layer else { return nil }
    let bounded = resolution.indices.filter {
      !resolution[$0].layersAcross.isNaN && !resolution[$0].isResolved
    }
    let coarse = resolution.indices.filter { resolution[$0].isCoarse }
    guard let worst = (bounded.isEmpty ? coarse : bounded).first else { return nil }
    let q = InterfaceQuantity.allCases.firstIndex(of: .position)!
    let place =
      "model \(item.model.name): the interface at \(item.axis) = "
      + "\(number(item.series.mean[q][worst], 2)) Å"
    let advice = "repeat analyze with --layer-width \(Log.fixed(layer / 4, 2)) or less"
    if bounded.isEmpty {
      return place + " spans only \(Log.fixed(resolution[worst].layersAcross, 1)) layers of "
        + "\(Log.fixed(layer, 2)) Å, which makes its thickness a few per cent too large; " + advice
    }
    let others = bounded.count > 1 ? " (and \(bounded.count - 1) more)" : ""
    return place + others + " is not resolved: it is thinner than two layers of "
      + "\(Log.fixed(layer, 2)) Å, so only that upper bound is known; " + advice
  }

  private static func blocks(_ item: MeasuredInterfaces) -> [String] {
    let series = item.series
    guard series.blockRanges.count > 1 else { return [] }
    func q(_ quantity: InterfaceQuantity) -> Int {
      InterfaceQuantity.allCases.firstIndex(of: quantity)!
    }
    var lines = [
      row("blocks (steps)", (0..<series.count).map { "\($0 + 1): x_G, gibbs, shift" } + ["drift"])
    ]
    for (b, range) in series.blockRanges.enumerated() {
      let drift = mean(range.map { item.shift.drift[$0] })
      let cells = (0..<series.count).map { i in
        "\(number(series.blocks[q(.position)][b][i], 2)), "
          + "\(number(series.blocks[q(.gibbs)][b][i], 2)), "
          + signed(mean(range.map { item.shift.lessDrift[$0][i] }))
      }
      lines.append(
        row(
          "  \(item.steps[range.lowerBound])…\(item.steps[range.upperBound - 1])",
          cells + [signed(drift)]))
    }
    return lines
  }

  private static func shifts(_ item: MeasuredInterfaces) -> [String] {
    let frames = item.rows.count
    guard frames > 1 else { return [] }
    let n = item.series.count
    let reference =
      item.reference.count == 1
      ? "step \(item.steps[item.reference[0]])"
      : "the mean of \(item.reference.count) frames from step \(item.steps[item.reference[0]])"
    var lines = [row("shift from \(reference) (Å, drift subtracted)", [])]
    func largest(_ i: Int) -> Double {
      item.shift.lessDrift.map { $0[i] }.filter { !$0.isNaN }.max { abs($0) < abs($1) } ?? .nan
    }
    lines.append(row("  largest", (0..<n).map { signed(largest($0)) }))
    lines.append(row("  last frame", (0..<n).map { signed(item.shift.lessDrift[frames - 1][$0]) }))
    lines.append(row("  drift of the slab, last frame", [signed(item.shift.drift[frames - 1])]))
    if let pressure = item.pressure, let turn = item.hysteresis.lazy.compactMap({ $0 }).first?.turn
    {
      lines.append(row("hysteresis (Å), reversal at \(number(pressure[turn], 3)) GPa", []))
      lines.append(
        row(
          "  mean, forward to backward", (0..<n).map { signed(item.hysteresis[$0]?.mean ?? .nan) }))
      lines.append(row("  largest", (0..<n).map { signed(item.hysteresis[$0]?.largest ?? .nan) }))
      lines.append(
        row("  at the end", (0..<n).map { signed(item.hysteresis[$0]?.residual ?? .nan) }))
    }
    return lines
  }

  private static func mean(_ values: [Double]) -> Double {
    let known = values.filter { !$0.isNaN }
    return known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count)
  }

  private static func row(_ label: String, _ cells: [String]) -> String {
    var text = TextTable.pad(label, 30)
    for (k, cell) in cells.enumerated() {
      text += k == cells.count - 1 ? cell : TextTable.pad(cell, 24)
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func number(_ value: Double, _ decimals: Int) -> String {
    value.isNaN ? "-" : Log.fixed(value, decimals)
  }
  private static func signed(_ value: Double) -> String {
    value.isNaN ? "-" : (value > 0 ? "+" : "") + Log.fixed(value, 2)
  }
  private static func value(_ value: Double, _ error: Double, _ decimals: Int) -> String {
    number(value, decimals) + (error.isNaN ? "" : " ± \(number(error, decimals))")
  }
}
