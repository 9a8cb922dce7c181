import Frames
import HDF5
import JobControl
import Training

/// evaluation.h5: the results of a model on a dataset.
///
/// n evaluated rows, K classes, D features, G groups of rows (all, then pairs of classes), R
/// repeats, C components.
/// ```
/// /evaluation                     attributes: format, version, command line, model and its hash,
///                                 dataset, part, classes, accuracy, its binomial error and
///                                 Wilson's interval, counts of the part mixed
/// /evaluation/confusion           [K, K] i64    true × predicted class
/// /evaluation/rates               [K, K] f64    fractions of the true class
/// /evaluation/row                 [n] i64       row of the dataset
/// /evaluation/label               [n] u8 enum
/// /evaluation/probability         [n, K] f32
/// /evaluation/feature_names       [D] text
/// /evaluation/importance/groups   [G] text      all, LDA-HDA …; rows [G], base_correct [G] i64
/// /evaluation/importance/mean     [G, D] f64    loss of accuracy if the feature is shuffled;
///                                               standard_deviation [G, D]
/// /evaluation/importance/correct  [G, D, R] i64 correct predictions
/// /evaluation/pca/explained_variance [D] f64    fractions; components [C, D],
///                                               separation_accuracy [C], centroids [K, 2],
///                                               distances [K, K]
/// /evaluation/reliability/edges   [B + 1] f64   bins of the predicted class's probability; count,
///                                               correct [B] i64, confidence [B] f64; attributes:
///                                               calibration error, Brier score, cross-entropy;
///                                               uncalibrated_…: without the model's temperature
/// /evaluation/files/name          [M] text      files of the evaluated rows; count, correct [M]
///                                               i64, confidence [M], interval [M, 2] f64;
///                                               /evaluation/parents likewise
/// ```
/// Nothing in it depends on the number of ranks.
struct EvaluationFile {
  let data: EvaluationData
  let settings: EvaluationSettings
  let evaluation: Evaluation
  /// Probabilities of the evaluated rows, `[n, K]`.
  let probabilities: [Float]
  let importance: EvaluationImportance?
  let components: EvaluationComponents
  let quality: EvaluationQuality

  /// Writes the file under a temporary name and renames it when it is complete. Runs on one rank.
  ///
  /// - Throws: `RunError` (cannot create).
  func write() throws {
    do {
      let file = try File.createAtomically(settings.output, replacing: settings.overwrite) {
        try fill($0)
      }
      try file.close()
    } catch let error as HDF5Error { throw RunError(creating: settings.output, error) }
  }

  private func fill(_ h5: borrowing File) throws {
    let classes = data.model.classes, k = classes.count, n = data.rows.count
    try reals(
      evaluation.rates, [k, k], "rates", "fraction of each true class by predicted class", in: h5)
    try integers(
      evaluation.confusion, [k, k], "confusion", "rows by true and predicted class", in: h5)
    try integers(data.rows, [n], "row", "row of the dataset", in: h5)
    try h5.createDataset("/evaluation/label", .enumeration(classes), shape: [n]).write(
      data.index.labels(of: data.rows))
    try h5.createDataset("/evaluation/probability", .float32, shape: [n, k]).write(probabilities)
    try texts(data.featureNames, "feature_names", in: h5)
    if let importance { try fill(importance, in: h5) }
    try fillComponents(in: h5)
    try quality.write(to: h5, temperature: data.model.temperature)
    try describe(try h5.group("/evaluation"))
  }

  private func fill(_ importance: EvaluationImportance, in h5: borrowing File) throws {
    let g = importance.groups.count, d = importance.featureCount
    let drops = (0..<g).flatMap { importance.drops(group: $0) }
    try texts(importance.names(classes: data.model.classes), "importance/groups", in: h5)
    try integers(importance.counts, [g], "importance/rows", "rows of each group", in: h5)
    try integers(
      importance.base, [g], "importance/base_correct", "correct predictions without permutation",
      in: h5)
    try reals(
      drops.map(\.mean), [g, d], "importance/mean",
      "loss of accuracy when the feature is permuted, mean over repeats", in: h5)
    try reals(
      drops.map(\.standardDeviation), [g, d], "importance/standard_deviation",
      "over repeats, their number in the denominator", in: h5)
    try integers(
      importance.correct, [g, d, importance.repeats], "importance/correct",
      "correct predictions with the feature permuted", in: h5)
  }

  private func fillComponents(in h5: borrowing File) throws {
    let k = data.model.classCount, d = data.columns.count, c = components.count
    try reals(
      components.explainedVariance, [d], "pca/explained_variance",
      "fraction of the variance explained by each component", in: h5)
    try reals(components.components, [c, d], "pca/components", "loadings", in: h5)
    try reals(
      components.separation, [c], "pca/separation_accuracy",
      "of a multinomial logistic regression on one component, on its own rows",
      in: h5)
    try reals(
      components.centroids, [k, 2], "pca/centroids", "means of the classes on components 1 and 2",
      in: h5)
    try reals(
      components.distances, [k, k], "pca/distances",
      "between centroids in the plane of components 1 and 2", in: h5)
    let group = try h5.group("/evaluation/pca")
    try group.setAttribute("components_for_95_percent", to: Int64(components.countFor95Percent))
    try group.setAttribute("components_from", to: components.areModels ? "model" : "dataset")
    try group.setAttribute("rows", to: settings.part == .all ? "all" : "train")
  }

  private func describe(_ group: borrowing Group) throws {
    try group.setAttribute("format", to: "verglas-evaluation")
    try group.setAttribute("format_version", to: 1 as Int64)
    try group.setAttribute("version", to: VerglasVersion.number)
    try group.setAttribute("command_line", to: settings.commandLine)
    try group.setAttribute("model", to: data.model.name)
    try group.setAttribute("model_path", to: settings.model)
    try group.setAttribute("model_hash", to: data.model.hash)
    try group.setAttribute("dataset", to: settings.dataset)
    try group.setAttribute("classes", to: data.model.classes)
    try group.setAttribute("count", to: Int64(evaluation.count))
    try group.setAttribute("correct", to: Int64(evaluation.correct))
    try group.setAttribute("accuracy", to: evaluation.accuracy)
    try group.setAttribute("accuracy_error", to: evaluation.standardError)
    let interval = evaluation.interval
    try group.setAttribute("accuracy_interval", to: [interval.lower, interval.upper])
    if let mixed = quality.mixed {
      try group.setAttribute("mixed_count", to: Int64(mixed.count))
      try group.setAttribute("mixed_correct", to: Int64(mixed.correct))
    }
    try settings.record(in: group)
  }

  private func reals(
    _ values: [Double], _ shape: [Int], _ name: String, _ text: String, in h5: borrowing File
  ) throws {
    let dataset = try h5.createDataset("/evaluation/\(name)", .float64, shape: shape)
    try dataset.write(values)
    try dataset.setAttribute("description", to: text)
  }

  private func integers(
    _ values: [Int], _ shape: [Int], _ name: String, _ text: String, in h5: borrowing File
  ) throws {
    let dataset = try h5.createDataset("/evaluation/\(name)", .int64, shape: shape)
    try dataset.write(values)
    try dataset.setAttribute("description", to: text)
  }

  private func texts(_ texts: [String], _ name: String, in h5: borrowing File) throws {
    let width = max(1, texts.map(\.utf8.count).max() ?? 1)
    try h5.createDataset("/evaluation/\(name)", .text(bytes: width), shape: [texts.count])
      .writeTexts(texts)
  }
}
