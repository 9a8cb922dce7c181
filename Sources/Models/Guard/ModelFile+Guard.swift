/// Writing of what a model may have beside its network.
extension ModelFile {
  /// Metadata entries of guard and familiarity data; nil for those that the file must not have.
  static func guardMetadata(of model: Model) -> [(key: String, value: String?)] {
    let head = model.guardHead
    return [
      ("guard.classes", head.map { JSON.array($0.classes.map { .string($0) }).serialised }),
      ("guard.threshold", head.map { "\($0.threshold)" }),
      ("guard.prior", head.map { "\($0.prior)" }),
      ("guard.training", head?.training),
      ("familiarity.warning", model.familiarity.map { "\($0.warningShare)" }),
    ]
  }

  /// Tensors of guard and familiarity data, F32.
  static func guardTensors(of model: Model) -> [SafeTensors.Tensor] {
    var tensors: [SafeTensors.Tensor] = []
    for (index, layer) in (model.guardHead?.layers ?? []).enumerated() {
      tensors.append(
        tensor("guard.layers.\(index).weight", [layer.outputs, layer.inputs], layer.weight))
      tensors.append(tensor("guard.layers.\(index).bias", [layer.outputs], layer.bias))
    }
    if let data = model.familiarity {
      let (classes, features, scores) = (model.classCount, model.featureCount, data.scoreCount)
      tensors += [
        tensor("familiarity.leading", [data.leadingCount, features], data.leading),
        tensor("familiarity.minor", [data.minorCount, features], data.minor),
        tensor("familiarity.edges", [classes, scores, data.edgeCount], data.edges),
        tensor("familiarity.limits", [classes, scores, data.binCount], data.limits),
      ]
    }
    return tensors
  }
}
