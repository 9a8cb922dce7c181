import Foundation
import HDF5

/// A results.h5 whose profiles are known in closed form: LDA‖HDA‖LDA along x, layer means of two
/// tanh steps.
public struct SlabResults {
  /// Number of frames.
  public var frames: Int
  /// Number of layers.
  public var layers: Int
  /// Length of the cell along x in Å.
  public var length: Double
  /// Width of the steps in Å.
  public var width: Double
  /// Positions of the two interfaces in Å in frame f.
  public var places: @Sendable (_ frame: Int) -> (Double, Double)
  /// Pressure in GPa of each frame, if known.
  public var pressure: [Double]?
  /// Marks of the frames; nil: all complete.
  public var done: [UInt8]?
  /// Name of the axis of the profile.
  public var axis: String
  /// Whether there is a profile.
  public var hasProfile: Bool
  /// Whether the profile counts uncertain molecules.
  public var hasUncertain: Bool

  /// A file of the requested form.
  public init(
    frames: Int = 12, layers: Int = 104, length: Double = 208, width: Double = 3.67,
    places: @escaping @Sendable (_ frame: Int) -> (Double, Double) = { _ in (40.123, 141.777) },
    pressure: [Double]? = nil,
    done: [UInt8]? = nil, axis: String = "x", hasProfile: Bool = true, hasUncertain: Bool = true
  ) {
    self.frames = frames
    self.layers = layers
    self.length = length
    self.width = width
    self.places = places
    self.pressure = pressure
    self.done = done
    self.axis = axis
    self.hasProfile = hasProfile
    self.hasUncertain = hasUncertain
  }

  /// Mean P of the second class in each layer of frame f.
  public func means(_ f: Int) -> [Double] {
    func logCosh(_ u: Double) -> Double { abs(u) + log1p(exp(-2 * abs(u))) }
    func integral(_ from: Double, _ to: Double, _ c: Double) -> Double {
      width * (logCosh((to - c) / width) - logCosh((from - c) / width))
    }
    let h = length / Double(layers)
    let (a, b) = places(f)
    return (0..<layers).map { k in
      let (from, to) = (Double(k) * h, Double(k + 1) * h)
      return (-3...3).reduce(0) { sum, image in
        sum
          + (integral(from, to, a + Double(image) * length)
            - integral(from, to, b + Double(image) * length)) / h / 2
      }
    }
  }

  /// Writes the parts of a results file that profiles need, in the layout of `analyze`.
  public func write(_ path: String) throws {
    let file = try File.create(path, replacing: true)
    do {
      func put<T: HDF5Scalar>(_ path: String, _ shape: [Int], _ values: [T]) throws {
        try file.createDataset(path, T.datatype, shape: shape).write(values)
      }
      let verglas = try file.createGroup("/verglas")
      try verglas.setAttribute("model_name", to: ["M2"])
      try verglas.setAttribute("command_line", to: "verglas analyze slab")
      try verglas.setAttribute("version", to: "0.1.0")
      try verglas.setAttribute("profile_axis", to: axis)
      try put("/verglas/done", [frames], done ?? [UInt8](repeating: 1, count: frames))
      try put("/particles/centers/id", [3], [Int64(1), 4, 7])
      try put("/particles/centers/box/edges/step", [frames], (0..<frames).map { Int64(100 * $0) })
      try put("/particles/centers/box/edges/time", [frames], (0..<frames).map { 0.2 * Double($0) })
      try put(
        "/particles/centers/box/edges/value", [frames, 3, 3],
        (0..<frames).flatMap { _ in [length, 0, 0, 0, 28.0, 0, 0, 0, 27] })
      try file.group("/particles/centers/box").setAttribute(
        "boundary", to: ["periodic", "periodic", "periodic"])
      let observables = try file.createGroup("/observables/M2")
      try observables.setAttribute("classes", to: ["LDA", "HDA", "IA"])
      try observables.setAttribute("thresholds", to: [0.95])
      if let pressure { try put("/observables/pressure/value", [frames], pressure) }
      if hasProfile {
        let p = (0..<frames).map(means)
        let base = "/observables/M2/profile"
        let edges = (0..<frames).flatMap { _ in
          (0...layers).map { length * Double($0) / Double(layers) }
        }
        try put("\(base)/edges", [frames, layers + 1], edges)
        try put(
          "\(base)/molecules", [frames, layers], [Int64](repeating: 100, count: frames * layers))
        try put(
          "\(base)/probability", [frames, layers, 2], p.flatMap { $0.flatMap { [1 - $0, $0] } })
        if hasUncertain {
          try put(
            "\(base)/uncertain", [frames, layers],
            p.flatMap { $0.map { Int64((400 * $0 * (1 - $0)).rounded()) } })
        }
      }
    }
    try file.close()
  }
}
