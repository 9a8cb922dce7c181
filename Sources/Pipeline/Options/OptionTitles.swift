import Options

/// The titles of help, in the order of display.
extension OptionTitle {
  static let inputs = OptionTitle("Inputs")
  static let models = OptionTitle("Models")
  static let soap = OptionTitle("SOAP descriptor")
  static let labels = OptionTitle("Labels and clusters")
  static let structure = OptionTitle("Structure")
  static let profile = OptionTitle("Profile and regions")
  static let selection = OptionTitle("Selection")
  static let sampling = OptionTitle("Sampling")
  static let network = OptionTitle("Network and training")
  static let guards = OptionTitle("Guard")
  static let evaluation = OptionTitle("Evaluation")
  static let interfaces = OptionTitle("Interfaces")
  static let box = OptionTitle("Box")
  static let output = OptionTitle("Output")
  static let running = OptionTitle("Running")
}
