extension LAMMPSDump {
  /// Which column names the atoms.
  enum Naming {
    /// As the columns' names say.
    case asWritten
    /// The column of types holds labels.
    case labelledTypes
    /// `--types`, because the column of elements can mean none of the wanted species.
    case types(note: String)
  }

  /// The layout with the column that names the atoms, and what a user should know of it.
  ///
  /// - A column of types that holds labels (`dump_modify types labels`) is read as such.
  /// - Elements are preferred over types. But LAMMPS writes C for every atom unless `dump_modify
  ///   element` names them: where the elements lack a wanted species and `--types` finds all of
  ///   them, `--types` counts.
  func named(_ columns: ColumnLayout) throws(TrajectoryError) -> (ColumnLayout, [String]) {
    var columns = columns
    guard !species.names.isEmpty, columns.type != nil || columns.hasElement else {
      return (columns, [])
    }
    let naming: Naming
    if let known = self.naming { naming = known } else { naming = try decide(columns) }
    self.naming = naming
    switch naming {
    case .asWritten:
      let isUsed = !columns.hasElement || !species.types.labels.isEmpty || usesNumbers == true
      return (columns, isUsed ? [] : species.unusedTypes(path: path))
    case .labelledTypes:
      columns.readTypesAsLabels()
      return (columns, [])
    case .types(let note):
      columns.ignoreElements()
      return (columns, [note])
    }
  }

  private func decide(_ columns: ColumnLayout) throws(TrajectoryError) -> Naming {
    guard let frame = index.frames.first(where: \.isSound), frame.lineCount > 0 else {
      return .asWritten
    }
    if !columns.hasElement, let type = columns.type {
      let line = try source.bytes(
        at: frame.bodyOffset, count: Int(min(frame.end - frame.bodyOffset, 4096))
      ).prefix { $0 != 0x0A }
      let words = line.split(whereSeparator: isBlank)
      let isLabel =
        words.count == columns.names.count
        && Int(String(decoding: words[type], as: UTF8.self)) == nil
        && words[type].first.map { $0 > 0x39 } == true
      return isLabel ? .labelledTypes : .asWritten
    }
    guard !species.types.isEmpty, let element = columns.element else { return .asWritten }
    let elements = try counts(inColumn: element, of: frame)
    usesNumbers = elements.keys.contains { Int($0) != nil }
    guard let type = columns.type, !species.types.numbers.isEmpty else { return .asWritten }
    func lacksWanted(_ found: Set<UInt8>) -> Bool {
      species.names.indices.contains { !found.contains(UInt8($0)) }
    }
    guard lacksWanted(Set(elements.keys.map { species.index(ofName: $0) })) else {
      return .asWritten
    }
    let types = try counts(inColumn: type, of: frame)
    guard
      !lacksWanted(
        Set(types.keys.map { Int($0).map { species.index(ofType: $0) } ?? SpeciesMap.unknown }))
    else { return .asWritten }
    let found = elements.sorted { $0.key < $1.key }.prefix(8).map { "\($0.key): \($0.value)" }
    return .types(
      note:
        "\(path): the column of elements (\(found.joined(separator: ", "))) lacks some of "
        + "\(species.names.joined(separator: ", ")): --types \(species.typesText) is used instead"
    )
  }
}
