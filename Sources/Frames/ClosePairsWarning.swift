import JobControl

extension FrameContext {
  /// The warning about close pairs; nil if there are none.
  ///
  /// - Parameters:
  ///   - closePairs: number of pairs, counted from both sides.
  ///   - frames: number of frames with such pairs.
  ///   - species: the species of the centres.
  public static func warning(closePairs: Int64, frames: Int64, species: String) -> String? {
    guard closePairs > 0 else { return nil }
    return
      "\(Log.counted(Int(closePairs) / 2, "pair")) of \(species) atoms in "
      + "\(Log.counted(Int(frames), "frame")) are closer than \(closeDistance) Å: "
      + "overlapping atoms, or lengths not in Å"
  }
}
