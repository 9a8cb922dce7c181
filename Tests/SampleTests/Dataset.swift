import HDF5
import ProgramSupport

/// The contents of a dataset.h5 that the tests use.
struct Dataset {
  let label: [UInt8], split: [UInt8]
  let file: [Int64], frame: [Int64], step: [Int64], center: [Int64]
  let features: [Double], featureCount: Int
  let names: [String], files: [String]
  let isSingle: Bool

  init(_ path: String) throws {
    let h5 = try File.open(path)
    let values = try h5.dataset("/dataset/features")
    features = try values.readAll()
    featureCount = values.shape[1]
    isSingle = values.datatype == .float32
    label = try h5.dataset("/dataset/label").readAll()
    split = try h5.dataset("/dataset/split").readAll()
    file = try h5.dataset("/dataset/file").readAll()
    frame = try h5.dataset("/dataset/frame").readAll()
    step = try h5.dataset("/dataset/step").readAll()
    center = try h5.dataset("/dataset/center").readAll()
    names = try h5.dataset("/dataset/feature_names").readTexts()
    files = try h5.dataset("/dataset/files").readTexts()
  }

  var count: Int { label.count }

  func row(_ k: Int) -> [Double] { Array(features[k * featureCount..<(k + 1) * featureCount]) }

  /// Rows of each class and part, `[classes][3]`.
  func counts(classes: Int) -> [[Int]] {
    (0..<classes).map { c in
      (0..<3).map { p in (0..<count).filter { Int(label[$0]) == c && Int(split[$0]) == p }.count }
    }
  }

  /// Rows of each file, or of each frame of each file.
  func perFile(_ f: Int) -> Int { file.filter { $0 == Int64(f) }.count }
  func perFrame() -> [[Int64]: Int] {
    Dictionary((0..<count).map { ([file[$0], frame[$0]], 1) }, uniquingKeysWith: +)
  }

  /// Rows with these (file, frame) come in order, and none twice.
  var isOrdered: Bool {
    (1..<max(count, 1)).allSatisfy { k in
      let a = [Int64(label[k - 1]), file[k - 1], frame[k - 1], center[k - 1]],
        b = [Int64(label[k]), file[k], frame[k], center[k]]
      return a.lexicographicallyPrecedes(b)
    }
  }
}

/// Small trajectories of two artificial phases.
struct SmallClasses: Sendable {
  let folder: Folder
  /// Three files of 5, 5 and 2 frames of 32 molecules; two files of 6 frames of 32 and 64
  /// molecules.
  let cold: [String], warm: [String]

  static let shared = Result { try SmallClasses() }

  private init() throws {
    folder = try Folder()
    let cold = [5, 5, 2], warm = [6, 6]
    var paths: [String] = []
    for (k, frames) in cold.enumerated() {
      paths.append(
        try folder.write(
          try WaterDump(frames: frames, seed: UInt64(k + 1)).text(), as: "cold-\(k).lammpstrj"))
    }
    self.cold = paths
    paths = []
    for (k, frames) in warm.enumerated() {
      var water = try WaterDump(frames: frames, repeats: SIMD3(2, 1 + k, 2), seed: UInt64(k + 11))
      // Steps of all files begin at 0 and coincide: chained, most frames would be dropped.
      water.steps = water.steps.map { $0 / 2 }
      paths.append(try folder.write(water.text(), as: "warm-\(k).lammpstrj"))
    }
    self.warm = paths
  }

  /// A small descriptor and both classes, `cold` by its pattern.
  func arguments(_ output: String, perClass: Int = 150, _ more: [String] = []) -> [String] {
    [
      "sample", "--class", "cold=\(folder("cold-*.lammpstrj"))", "--class",
      "warm=\(warm.joined(separator: ","))", "--types", "1=O,2=H",
      "--r-cut", "4", "--n-max", "3", "--l-max", "2", "--per-class", "\(perClass)", "-o", output,
    ] + more
  }
}
