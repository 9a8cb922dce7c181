import HDF5

/// The files that the commands of this module write, for `inspect`.
public enum LearningFiles {
  /// The contents of a dataset.h5 or an evaluation.h5; nil if the file is neither.
  public static func summary(of file: borrowing File) throws -> [String]? {
    if DatasetFile.isDataset(file) { return try DatasetFile.open(file.path).summary() }
    if file.exists("/evaluation/confusion") { return try EvaluationReport.summary(of: file) }
    return nil
  }
}
