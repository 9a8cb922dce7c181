/// The layout of dataset.h5.
///
/// E rows (environments), D features, K classes, M files. Rows are ordered by class, then file,
/// frame and centre id.
/// ```
/// /dataset                     attributes: format, version, command line, every parameter
/// /dataset/features       [E, D] f64 (f32 with --precision single)   SOAP with the centre's own
///                                      contribution
/// /dataset/label          [E] u8 enum (classes)
/// /dataset/split          [E] u8 enum (train, validation, test; mixed if files are kept together)
/// /dataset/file           [E] i32      index into /dataset/files
/// /dataset/frame          [E] i64      frame in its file, from 0
/// /dataset/step           [E] i64      MD step in its file
/// /dataset/center         [E] i64      atom id
/// /dataset/distances      [B] i64      pairs of centres by distance, in bins of 0.05 Å up to r_cut
/// /dataset/neighbor_cutoff [1] f64     neighbour distance in Å
/// /dataset/feature_names  [D] text
/// /dataset/files          [M] text     also file_label u8 enum, file_frames, file_centers,
///                                      file_size i64, file_hash text
/// ```
/// Nothing in it depends on the number of ranks.
enum DatasetLayout {
  static let group = "/dataset"
  static let features = "/dataset/features"
  static let label = "/dataset/label"
  static let split = "/dataset/split"
  static let file = "/dataset/file"
  static let frame = "/dataset/frame"
  static let step = "/dataset/step"
  static let center = "/dataset/center"
  static let distances = "/dataset/distances"
  static let neighborCutoff = "/dataset/neighbor_cutoff"
  static let featureNames = "/dataset/feature_names"
  static let files = "/dataset/files"
  /// Format word and its version.
  static let format = "verglas-dataset"
  static let version: Int64 = 1
}
