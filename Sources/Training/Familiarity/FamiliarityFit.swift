import Contracts
import Models

/// Familiarity data from training environments: components, edges of the bins, limits.
public enum FamiliarityFit {
  /// Most leading components, and minor ones.
  static let componentCount = 16
  /// Quantiles of the training data at which bins of a score meet.
  static let quantiles =
    [0.001, 0.01] + (1...11).map { Double($0) / 12 } + [0.99, 0.999]
  /// Environments of a part of the training data that has its own fractions, and the fewest.
  static let partSize = 500, leastPart = 200
  /// Fraction of a frame's molecules beyond the limits that is warned of. Frames of glasses that
  /// were not in the training data stay below 0.08, those of crystals exceed 0.25.
  public static let warningShare = 0.15

  /// Leading and minor components, each divided by the standard deviation along it, without edges
  /// and limits.
  ///
  /// The leading components are the first 16. The minor ones are 16 of those from D/8 to D/4, which
  /// thermal motion moves more than structure does: they tell the liquid from the glass.
  public static func components(_ analysis: PrincipalComponentAnalysis) -> Model.Familiarity {
    let (d, variance) = (analysis.features, analysis.variance)
    let usable = variance.prefix { $0 > 1e-10 * variance[0] }.count
    let leading = Array(0..<min(componentCount, max(usable, 1)))
    let (first, last) = (min(d / 8, usable - 1), min(d / 4, usable) - 1)
    let minor =
      last > first
      ? Set((0..<componentCount).map { first + $0 * (last - first) / (componentCount - 1) })
        .sorted() : [max(0, usable - 1)]
    func scaled(_ list: [Int]) -> [Float] {
      list.flatMap { c in
        let scale = 1 / variance[c].squareRoot()
        return analysis.components[(c * d)..<((c + 1) * d)].map { Float($0 * scale) }
      }
    }
    return Model.Familiarity(
      leading: scaled(leading), minor: scaled(minor), leadingCount: leading.count,
      minorCount: minor.count, edges: [], limits: [], edgeCount: quantiles.count,
      warningShare: warningShare)
  }

  /// Edges and limits of components from the scores of training environments.
  ///
  /// - Parameters:
  ///   - data: the components.
  ///   - scores: `[rows, J]`.
  ///   - classes: the class that the network predicts, `[rows]`.
  ///   - origins: where each row comes from: equal for rows of one frame, rising by class, file,
  ///     frame, `[rows]`; the bits above `fileShift` name the file, those above `classShift` the
  ///     class.
  ///   - classCount: classes K of the network.
  /// - Returns: the same for any order of the rows.
  public static func completed(
    _ data: Model.Familiarity, scores: [Float], classes: [UInt8], origins: [Int64], classCount: Int
  ) -> Model.Familiarity {
    let j = data.scoreCount
    require(
      scores.count == classes.count * j && origins.count == classes.count,
      "familiarity: scores, classes and origins of the same rows")
    var result = data
    result.edges = []
    for k in 0..<classCount {
      let rows = classes.indices.filter { classes[$0] == UInt8(k) }
      for score in 0..<j {
        let sorted = rows.map { scores[$0 * j + score] }.sorted()
        result.edges += quantiles.map { q in
          sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(q * Double(sorted.count)))]
        }
      }
    }
    let bins = data.binCount
    var largest = [Float](repeating: 0, count: classCount * j * bins)
    for part in parts(origins) {
      var counts = [Int](repeating: 0, count: largest.count)
      for row in part {
        let k = Int(classes[row])
        for score in 0..<j {
          let first = (k * j + score) * data.edgeCount
          let value = scores[row * j + score]
          var bin = 0
          while bin < data.edgeCount && result.edges[first + bin] < value { bin += 1 }
          counts[(k * j + score) * bins + bin] += 1
        }
      }
      for (place, count) in counts.enumerated() where count > 0 {
        largest[place] = max(largest[place], Float(count) / Float(part.count))
      }
    }
    result.limits = largest
    return result
  }

  /// Bits of an origin that name the frame; above them the file, above that the class.
  public static let fileShift: Int64 = 32, classShift: Int64 = 56

  /// Rows of parts of the training data: a file's rows in equal parts of about `partSize`, in the
  /// order of frames; small files of one class together.
  static func parts(_ origins: [Int64]) -> [[Int]] {
    let order = origins.indices.sorted { (origins[$0], $0) < (origins[$1], $1) }
    var files: [[Int]] = []
    var last: Int64?
    for row in order {
      let file = origins[row] >> fileShift
      if file == last { files[files.count - 1].append(row) } else { files.append([row]) }
      last = file
    }
    var parts: [[Int]] = []
    for file in files {
      let label = origins[file[0]] >> classShift
      if let open = parts.last, open.count < leastPart, origins[open[0]] >> classShift == label {
        parts[parts.count - 1] += file
        continue
      }
      let count = max(1, file.count / partSize)
      for k in 0..<count {
        parts.append(Array(file[(file.count * k / count)..<(file.count * (k + 1) / count)]))
      }
    }
    // What is left of a class's last files, too few for fractions, joins the part before it.
    var joined: [[Int]] = []
    for part in parts {
      if part.count < leastPart, let before = joined.last,
        origins[before[0]] >> classShift == origins[part[0]] >> classShift
      {
        joined[joined.count - 1] += part
      } else {
        joined.append(part)
      }
    }
    return joined
  }
}
