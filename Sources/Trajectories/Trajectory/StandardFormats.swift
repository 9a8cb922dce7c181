extension TrajectoryFormats {
  /// The formats of this module. A new one is a line here; one that needs another module is added
  /// where that module is known.
  public static let standard = TrajectoryFormats([
    LAMMPSDumpFormat(), XTCFormat(), TRRFormat(), DCDFormat(), ExtendedXYZFormat(), GROFormat(),
  ])
}
