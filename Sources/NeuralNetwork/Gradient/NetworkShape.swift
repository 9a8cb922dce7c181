import Contracts
import Models

/// Layer widths of a perceptron, and the position of each layer's parameters in one flat vector.
///
/// The flat vector holds, layer by layer from the features on, the weight `[outputs, inputs]`
/// row-major and then the bias `[outputs]`. Parameters, gradients and Adam's moments share this
/// layout, so that a gradient is one array to sum over ranks.
public struct NetworkShape: Equatable, Sendable {
  /// Features, hidden widths, classes.
  public let widths: [Int]

  /// A shape from its widths, features first, classes last.
  ///
  /// - Precondition: at least two widths, all above 0.
  public init(widths: [Int]) {
    require(
      widths.count >= 2 && widths.allSatisfy { $0 > 0 },
      "a network needs at least features and classes, all above 0")
    self.widths = widths
  }

  /// The shape of consecutive layers.
  public init(layers: [Model.Layer]) {
    self.init(widths: [layers.first?.inputs ?? 0] + layers.map(\.outputs))
  }

  /// Number of features D.
  public var features: Int { widths[0] }
  /// Number of classes K.
  public var classes: Int { widths[widths.count - 1] }
  /// Number of affine layers.
  public var layerCount: Int { widths.count - 1 }
  /// Number of weights and biases: the length of the flat vector.
  public var parameterCount: Int { weightOffset(layer: layerCount) }

  /// Offset of the weight of a layer.
  public func weightOffset(layer: Int) -> Int {
    (0..<layer).reduce(0) { $0 + (widths[$1] + 1) * widths[$1 + 1] }
  }

  /// Offset of the bias of a layer.
  public func biasOffset(layer: Int) -> Int {
    weightOffset(layer: layer) + widths[layer] * widths[layer + 1]
  }

  /// The flat vector of layers.
  public func flatten(_ layers: [Model.Layer]) -> [Float] {
    require(
      NetworkShape(layers: layers) == self, "layers to flatten must have the shape's widths")
    return layers.flatMap { $0.weight + $0.bias }
  }

  /// Layers from the flat vector, as a `Model` holds them.
  public func layers(_ parameters: [Float]) -> [Model.Layer] {
    require(
      parameters.count == parameterCount, "a flat vector must have one element per parameter")
    return (0..<layerCount).map { layer in
      let (weight, bias) = (weightOffset(layer: layer), biasOffset(layer: layer))
      return Model.Layer(
        weight: Array(parameters[weight..<bias]),
        bias: Array(parameters[bias..<(bias + widths[layer + 1])]), inputs: widths[layer])
    }
  }
}
