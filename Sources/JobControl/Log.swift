import Glibc

/// Progress messages of a run: on a terminal a bar with rate and remaining time, otherwise a line
/// after the first work, every 30 s and at the end. Standard error, rank 0 only.
public struct Log {
  let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var lastDraw = -Double.infinity
  /// Seconds between lines in a file, and between bars on a terminal.
  private static let lineInterval = 30.0, barInterval = 0.1

  /// A log that prints only warnings if it is quiet.
  public init(quiet: Bool) { isQuiet = quiet }

  /// A warning, printed even with --quiet.
  public func warn(_ text: String) { Log.print("verglas: warning: \(text)") }

  /// A warning between progress messages, which like them is not printed with --quiet.
  public func interrupt(warning text: String) {
    guard !isQuiet else { return }
    // Erases the bar; the next one is drawn below.
    if isTerminal { Log.put("\r\u{1B}[K") }
    warn(text)
  }

  /// A line of information.
  public func say(_ text: String) { if !isQuiet { Log.print("verglas: \(text)") } }

  /// Progress of this rank, as an estimate for all: `done` of `total` frames after `seconds`, and
  /// the rate of all ranks.
  public mutating func progress(
    done: Int, total: Int, seconds: Double, moleculesPerSecond: Double, unit: String = "molecule"
  ) {
    progress(
      done: done, total: total, of: "frames", seconds: seconds,
      rate: "\(Log.thousands(moleculesPerSecond)) \(unit)s/s")
  }

  /// Progress of this rank in other work: `done` of `total` `things` after `seconds`.
  public mutating func progress(
    done: Int, total: Int, of things: String, seconds: Double, rate: String
  ) {
    guard !isQuiet, total > 0, done > 0 else { return }
    let share = Double(done) / Double(total)
    let left = seconds / share - seconds
    if isTerminal {
      guard seconds - lastDraw > Self.barInterval || done == total else { return }
      lastDraw = seconds
      let width = 30
      let filled = Int(share * Double(width))
      let bar =
        String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      let end = done == total ? "\n" : ""
      Log.put("\r\(bar) \(Log.percent(share))  \(rate)  \(Log.duration(left)) left   \(end)")
    } else if seconds - lastDraw >= Self.lineInterval || done == total {
      lastDraw = seconds
      Log.print(
        "verglas: \(Log.percent(share)) of the \(things), "
          + "\(rate)\(done < total ? ", \(Log.duration(left)) left" : "")"
      )
    }
  }

  /// Prints a line to standard error.
  public static func print(_ text: String) { put(printable(text) + "\n") }

  /// A message that is safe for a terminal, because some contain text from files, of any length.
  public static func printable(_ text: String, longest: Int = 4000) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(longest) {
      if scalar.properties.generalCategory == .control, scalar != "\n" {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return text.unicodeScalars.count > longest ? shown + " …" : shown
  }

  /// Writes to standard error in one call, so that lines of several ranks are not mixed.
  static func put(_ text: String) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(STDERR_FILENO, $0.baseAddress! + done, bytes.count - done)
      }
      if written <= 0 { return }
      done += written
    }
  }

  /// 0.256 → "25 %".
  public static func percent(_ share: Double) -> String {
    "\(fixed((share * 100).rounded(.down), 0)) %"
  }

  /// Beyond this, numbers are printed with an exponent: whole numbers are no longer exact, and a
  /// damaged file may hold any number.
  private static let largestWhole = 9e15

  /// 12345678 → "12 300 000": three significant figures in groups of three.
  public static func thousands(_ value: Double) -> String {
    guard value.isFinite, value >= 1 else { return "0" }
    guard value < largestWhole else { return "\(value)" }
    var unit = 1.0
    while value / unit >= 1000 { unit *= 10 }
    return grouped(Int((value / unit).rounded() * unit))
  }

  /// 12345678 → "12 345 678".
  public static func grouped(_ value: Int) -> String {
    let digits = Array(String(abs(value)))
    var text = value < 0 ? "-" : ""
    for (k, digit) in digits.enumerated() {
      if k > 0 && (digits.count - k) % 3 == 0 { text += " " }
      text.append(digit)
    }
    return text
  }

  /// 1 → "1 frame", 12345 → "12 345 frames".
  public static func counted(_ count: Int, _ noun: String) -> String {
    "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  /// The warning that frames were skipped.
  ///
  /// - Parameter reasons: the dataset with the reasons.
  public static func skipped(_ count: Int, reasons: String) -> String {
    "\(counted(count, "frame")) \(count == 1 ? "was" : "were") skipped; \(reasons) holds the "
      + "reason\(count == 1 ? "" : "s")"
  }

  /// 3725 → "1 h 2 min".
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    guard seconds < largestWhole else { return "\(seconds) s" }
    if seconds < 60 { return "\(fixed(seconds, 1)) s" }
    let whole = Int(seconds)
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// A number with a fixed count of decimals.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < largestWhole else { return "\(value)" }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return decimals == 0
      ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}
