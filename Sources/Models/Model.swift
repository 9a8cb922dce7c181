import Contracts

/// A trained classifier with everything needed to use it: the contents of a `model.safetensors`.
///
/// Read by `ModelFile.read`, which guarantees what each property says; a model built in memory is
/// checked when it is written.
public struct Model: Sendable {
  /// One affine layer, `y = W·x + b`; every layer but the last is followed by tanh.
  public struct Layer: Equatable, Sendable {
    /// `[outputs, inputs]` row-major, as in PyTorch. Single precision, even if the file has another
    /// type.
    public var weight: [Float]
    /// `[outputs]`.
    public var bias: [Float]
    /// Number of inputs.
    public var inputs: Int
    /// Number of outputs.
    public var outputs: Int { bias.count }

    /// A layer from its weight `[outputs, inputs]` and bias `[outputs]`.
    public init(weight: [Float], bias: [Float], inputs: Int) {
      require(
        weight.count == bias.count * inputs, "a layer's weight must have outputs × inputs elements")
      self.weight = weight
      self.bias = bias
      self.inputs = inputs
    }
  }

  /// Principal components of the standardised training features.
  public struct PrincipalComponents: Equatable, Sendable {
    /// `[C, D]` row-major, one component per row.
    public var components: [Double]
    /// Number of components C.
    public var count: Int
    /// Fraction of the variance that each component explains, `[C]`; nil if the file does not have
    /// it.
    public var explainedVariance: [Double]?

    /// Components `[C, D]` and, if known, the explained variance `[C]`.
    public init(components: [Double], count: Int, explainedVariance: [Double]? = nil) {
      require(
        count > 0 && components.count % count == 0, "components must be [count, features]")
      self.components = components
      self.count = count
      self.explainedVariance = explainedVariance
    }
  }

  /// Rows of features and the probabilities that they must get: what shows that a network means
  /// what its writer meant.
  public struct Check: Equatable, Sendable {
    /// Features as the descriptor gives them, not standardised, `[rows, D]` row-major.
    public var features: [Double]
    /// Probabilities of the classes, `[rows, K]` row-major.
    public var probabilities: [Double]

    /// Rows `[rows, D]` and their probabilities `[rows, K]`.
    public init(features: [Double], probabilities: [Double]) {
      self.features = features
      self.probabilities = probabilities
    }
  }

  /// An unknown tensor of the file, preserved unchanged.
  public struct ForeignTensor: Equatable, Sendable {
    /// Its name in the file.
    public let name: String
    /// Element type by its safetensors name, such as `I64`.
    public let type: String
    /// Its shape.
    public let shape: [Int]
    /// Its elements, row-major and little-endian.
    public let bytes: [UInt8]
  }

  /// Frees the weights of the hidden layers, for a network that was packed; they must not be used
  /// afterwards.
  public mutating func releaseHiddenWeights() {
    for k in layers.indices.dropLast() { layers[k].weight = [] }
  }

  /// The model's name in results: metadata `name`, otherwise the file name without suffix. No
  /// slash, not empty.
  public var name: String
  /// Names of the classes, at least 2, in the order of the last layer's rows.
  public var classes: [String]
  /// Description of the features.
  public var soap: SOAPDescription
  /// The text `soap` of the file, including unknown keys.
  public var soapJSON: String
  /// Layers from features to logits, at least one.
  public var layers: [Layer]
  /// Mean and scale of each feature.
  public var scaler: Scaler
  /// Principal components, if the file has them.
  public var principalComponents: PrincipalComponents?
  /// The network that recognises foreign environments, if the file has one.
  public var guardHead: Guard?
  /// Temperature T by which logits are divided before the softmax, so that probabilities agree with
  /// the fractions of correct predictions; nil (as 1) for a network that was not calibrated.
  public var temperature: Double?
  /// Distance in Å within which centres are neighbours: the first minimum of the radial
  /// distribution function of the training data, if the file has it.
  public var neighborCutoff: Double?
  /// What tells how unlike the training data a frame is, if the file has it.
  public var familiarity: Familiarity?
  /// Rows with known probabilities, if the file has them; they hold to `checkTolerance`.
  public var check: Check?
  /// How the model was trained: a JSON text, if the file has it.
  public var training: String?
  /// Every text of `__metadata__` as read, including the known ones.
  public var metadata: [String: String]
  /// Unknown tensors.
  public var foreignTensors: [ForeignTensor]
  /// SHA-256 of the file's bytes as 64 hexadecimal digits; empty for a model that was not read from
  /// a file.
  public internal(set) var hash: String

  /// Number of features D.
  public var featureCount: Int { scaler.mean.count }
  /// Number of classes K.
  public var classCount: Int { classes.count }

  /// A model from its parts; `ModelFile.bytes(of:)` and `write` check it.
  public init(
    name: String, classes: [String], soap: SOAPDescription, layers: [Layer], scaler: Scaler,
    principalComponents: PrincipalComponents? = nil, check: Check? = nil,
    training: String? = nil, metadata: [String: String] = [:]
  ) {
    self.name = name
    self.classes = classes
    self.soap = soap
    self.soapJSON = soap.json
    self.layers = layers
    self.scaler = scaler
    self.principalComponents = principalComponents
    self.check = check
    self.training = training
    self.metadata = metadata
    self.foreignTensors = []
    self.hash = ""
  }
}
