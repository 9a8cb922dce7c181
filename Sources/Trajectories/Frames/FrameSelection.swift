/// The selected frames of a trajectory: a Python slice.
public struct FrameSelection: Sendable, Equatable, CustomStringConvertible {
  /// First position, one past the last, and distance; nil for Python's defaults. Negative positions
  /// count from the end.
  public let start: Int?, stop: Int?, step: Int?

  /// Every frame.
  public static let all = FrameSelection(start: nil, stop: nil, step: nil)

  private init(start: Int?, stop: Int?, step: Int?) {
    self.start = start
    self.stop = stop
    self.step = step
  }

  /// Reads `START:STOP:STEP` with any part omitted, or one position.
  /// - Throws: `TrajectoryError` (usage) if it is neither, or the step is zero.
  public init(parsing text: String) throws(TrajectoryError) {
    func fail(_ reason: String) -> TrajectoryError {
      TrajectoryError(path: "--frames", reason: reason, kind: .usage)
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var numbers: [Int?] = []
    for part in parts {
      let digits = part.filter { $0 != " " }
      let number = Int(digits)
      guard digits.isEmpty || number != nil else {
        throw fail("expected START:STOP:STEP as in 0:100:10, found '\(text)'")
      }
      numbers.append(number)
    }
    switch (numbers.count, numbers[0]) {
    case (1, let only?):
      self.init(start: only, stop: only == -1 ? nil : only == .max ? only : only + 1, step: nil)
    case (2, _): self.init(start: numbers[0], stop: numbers[1], step: nil)
    case (3, _): self.init(start: numbers[0], stop: numbers[1], step: numbers[2])
    default: throw fail("expected START:STOP:STEP as in 0:100:10, found '\(text)'")
    }
    if step == 0 { throw fail("a step of 0 selects nothing") }
  }

  /// The slice as `START:STOP:STEP`, omitted parts empty.
  public var description: String {
    [start, stop, step].map { $0.map { "\($0)" } ?? "" }.joined(separator: ":")
  }

  /// Selected positions among `count`, ascending: a negative step selects the same frames as in
  /// Python, but results are always in the order of the trajectory.
  public func positions(count: Int) -> [Int] {
    let step = step ?? 1
    // As Python's slice.indices(): a negative position counts from the end, then both are clamped
    // to the range.
    func resolved(_ position: Int?, _ otherwise: Int) -> Int {
      guard let position else { return otherwise }
      let absolute = position < 0 ? max(position, -count - 1) + count : position
      return min(max(absolute, step < 0 ? -1 : 0), step < 0 ? count - 1 : count)
    }
    let first = resolved(start, step < 0 ? count - 1 : 0)
    let last = resolved(stop, step < 0 ? -1 : count)
    let positions = Array(
      Swift.stride(from: first, to: last, by: max(-count - 1, min(step, count + 1))))
    return step < 0 ? positions.reversed() : positions
  }
}
