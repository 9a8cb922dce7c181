extension TrajectoryFormats {
  /// The formats of this module. A new format is one line here; a format that needs another module
  /// is added where that module is available.
  public static let standard = TrajectoryFormats([
    LAMMPSDumpFormat(), XTCFormat(), TRRFormat(), DCDFormat(), ExtendedXYZFormat(), GROFormat(),
    NetCDFFormat(), BinaryDumpFormat(), YAMLDumpFormat(),
  ])
}
