extension Trajectory {
  /// Files whose times may be those of a writer that knew none, ascending indices into `sources`:
  /// all selected frames have the same, or frame k of the file has k ps and step k.
  ///
  /// Where the scan does not read times, the headers of the first three frames are compared. Files
  /// of one frame each are compared with each other.
  public func filesWithoutOwnTimes() throws(TrajectoryError) -> (constant: [Int], counted: [Int]) {
    let reader = TrajectoryReader(self, species: try SpeciesMap(names: []))
    func times(_ frames: [FrameLocation]) -> [Double] {
      let isScanned = frames.allSatisfy { $0.time != nil }
      // A frame that cannot be read is reported where it is read.
      let times = (isScanned ? frames[...] : frames.prefix(3)).map { frame in
        isScanned ? frame.time : (try? reader.header(of: frame))?.time
      }
      return times.contains(nil) ? [] : times.compactMap { $0 }
    }
    func isConstant(_ frames: [FrameLocation]) -> Bool {
      let times = times(frames)
      return times.count > 1 && times.allSatisfy { $0 == times[0] }
    }
    func isCounted(_ frames: [FrameLocation]) -> Bool {
      guard frames.count > 1, frames.allSatisfy({ $0.step == Int64($0.ordinal) }) else {
        return false
      }
      let times = times(frames)
      return !times.isEmpty && zip(frames, times).allSatisfy { Double($0.ordinal) == $1 }
    }
    let sound = frames.filter(\.isSound)
    let byFile = Dictionary(grouping: sound, by: \.file)
    if byFile.values.allSatisfy({ $0.count == 1 }) {
      return (isConstant(sound) ? byFile.keys.sorted() : [], [])
    }
    return (
      byFile.filter { isConstant($0.value) }.keys.sorted(),
      byFile.filter { isCounted($0.value) }.keys.sorted()
    )
  }

  /// Warns that these files' times may have been made up by their writer.
  public mutating func warnOfCountedTimes(inFiles files: [Int]) {
    for file in files where sources.indices.contains(file) {
      warnings.append(
        "\(sources[file].path): its times are 0, 1, 2, … ps and its steps 0, 1, 2, …, which MDTraj "
          + "and MDAnalysis write if they have neither: the times are used; if they are wrong, "
          + "specify --time-step PS, the time between frames in ps")
    }
  }

  /// Frames of these files have no times from here on, with a warning.
  public mutating func dropTimes(ofFiles files: [Int]) {
    for file in files {
      let isNumbered = frames.contains { $0.file == file && $0.isNumbered }
      let named = sources.indices.contains(file) ? sources[file].path : ""
      warnings.append(
        "\(named): every frame has the same time, which some programs write if they have none: "
          + "times are unknown; specify --time-step PS, the time "
          + "\(isNumbered ? "between frames" : "of one step") in ps")
      for k in frames.indices where frames[k].file == file { frames[k].time = nil }
      untimed.insert(file)
    }
  }

  /// The time of each frame in ps, as results state it; nil where it is not known.
  ///
  /// Reads the headers of frames whose times the scan does not know.
  /// - Parameter timeStep: time of one step in ps, instead of the files' times.
  public func times(timeStep: Double? = nil) throws(TrajectoryError) -> [Double?] {
    let reader = TrajectoryReader(self, species: try SpeciesMap(names: []))
    return frames.map { frame in
      if let timeStep { return Double(frame.step) * timeStep }
      return frame.time ?? (try? reader.header(of: frame))?.time
    }
  }
}
