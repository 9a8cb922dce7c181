import Options

/// The titles of help, in the order of display.
extension OptionTitle {
  /// Files that are read.
  public static let inputs = OptionTitle("Inputs")
  /// Models and how they are run.
  public static let models = OptionTitle("Models")
  /// Parameters of the descriptor.
  public static let soap = OptionTitle("SOAP descriptor")
  /// Labels of molecules and clusters.
  public static let labels = OptionTitle("Labels and clusters")
  /// Structure without models.
  public static let structure = OptionTitle("Structure")
  /// Layers and regions.
  public static let profile = OptionTitle("Profile and regions")
  /// What is exported or measured.
  public static let selection = OptionTitle("Selection")
  /// Choice of environments.
  public static let sampling = OptionTitle("Sampling")
  /// Shape and training of the network.
  public static let network = OptionTitle("Network and training")
  /// Guard and familiarity data.
  public static let guards = OptionTitle("Guard")
  /// What is evaluated.
  public static let evaluation = OptionTitle("Evaluation")
  /// Definition of interfaces.
  public static let interfaces = OptionTitle("Interfaces")
  /// The box that is generated.
  public static let box = OptionTitle("Box")
  /// Files that are written.
  public static let output = OptionTitle("Output")
  /// The run itself.
  public static let running = OptionTitle("Running")
}
