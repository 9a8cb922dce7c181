/// Converts a container to a model, or throws one sentence that says why it is not one.
struct ModelReading {
  let metadata: [String: String]
  let tensors: [String: SafeTensors.Tensor]
  /// Names of the tensors as they stand in the file.
  let order: [String]
  /// Names of the tensors that were read.
  private(set) var known: Set<String> = []

  init(container: SafeTensors) {
    metadata = container.metadata
    order = container.tensors.map(\.name)
    tensors = Dictionary(
      container.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The model; metadata first, so that a file of another program is recognised as such.
  mutating func model(stem: String) throws(FormatError) -> Model {
    try expect(
      "format", ModelFile.format,
      "was this model written by verglas, or from PyTorch as the README shows?")
    try expect("version", ModelFile.version, "a newer verglas may be able to read it")
    try expect("activation", "tanh", "only tanh networks can be used")
    let name = try name(stem: stem)
    let classes = try classes()
    let soapJSON = try text("soap")
    let soap = try SOAPDescription(json: soapJSON)
    if let training = metadata["training"] {
      do { _ = try JSON.parse(training) } catch {
        throw FormatError(
          "the metadata entry training is not valid JSON at byte \(error.offset): \(error.reason)")
      }
    }
    let scaler = try scaler()
    let layers = try layers(prefix: "", features: scaler.mean.count, classes: classes.count)
    let components = try principalComponents(features: scaler.mean.count)
    var model = Model(
      name: name, classes: classes, soap: soap, layers: layers, scaler: scaler,
      principalComponents: components,
      training: metadata["training"], metadata: metadata)
    model.soapJSON = soapJSON
    model.temperature = try number("temperature", ModelFile.temperatures)
    model.neighborCutoff = try number("neighbor_cutoff", 0.1...50)
    model.guardHead = try guardHead(features: scaler.mean.count)
    model.familiarity = try familiarity(features: scaler.mean.count, classes: classes.count)
    model.check = try check(of: model)
    for name in order where !known.contains(name) {
      // An additional tensor in a layer would change the result of the network; other tensors have
      // no influence.
      guard !name.hasPrefix("layers.") else {
        throw FormatError(
          "the tensor \(name) does not belong to a tanh perceptron of \(layers.count) layers "
            + "(layers.N.weight, layers.N.bias)"
        )
      }
      guard let tensor = tensors[name] else { continue }
      model.foreignTensors.append(
        Model.ForeignTensor(
          name: name, type: tensor.type.rawValue, shape: tensor.shape, bytes: Array(tensor.bytes)))
    }
    return model
  }

  // MARK: Metadata

  private func text(_ key: String) throws(FormatError) -> String {
    guard let text = metadata[key] else {
      let found = metadata.keys.sorted().joined(separator: ", ")
      throw FormatError(
        "the metadata has no entry \(key) (found: \(found.isEmpty ? "none" : found))")
    }
    return text
  }

  private func expect(_ key: String, _ value: String, _ advice: String) throws(FormatError) {
    let found = try text(key)
    guard found == value else {
      throw FormatError(
        "the metadata entry \(key) is \(JSON.quoted(found)), expected \(JSON.quoted(value)): "
          + "\(advice)"
      )
    }
  }

  private func name(stem: String) throws(FormatError) -> String {
    let name = metadata["name"] ?? stem
    // The name becomes a group in the results file.
    guard !name.isEmpty, name != ".", name != "..", !name.contains("/"),
      !name.unicodeScalars.contains(where: { $0.value < 0x20 })
    else {
      throw FormatError(
        "the model's name is \(JSON.quoted(name)), expected a string without slashes or control "
          + "characters"
      )
    }
    return name
  }

  private func classes() throws(FormatError) -> [String] {
    let text = try text("classes")
    let list: JSON
    do { list = try JSON.parse(text) } catch {
      throw FormatError(
        "the metadata entry classes is not valid JSON at byte \(error.offset): \(error.reason)")
    }
    guard let classes = list.texts, classes.count >= 2, !classes.contains(""),
      Set(classes).count == classes.count
    else {
      throw FormatError(
        "the metadata entry classes is \(text), expected a JSON list of at least 2 different names")
    }
    return classes
  }

  /// An optional number of the metadata.
  private func number(_ key: String, _ range: ClosedRange<Double>) throws(FormatError) -> Double? {
    guard let text = metadata[key] else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw FormatError(
        "the metadata entry \(key) is \(JSON.quoted(text)), expected a number from "
          + "\(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  // MARK: Tensors

  /// A required tensor, with its shape; -1 means any size.
  private mutating func tensor(_ name: String, _ shape: [Int], _ meaning: String)
    throws(FormatError) -> SafeTensors.Tensor
  {
    guard let tensor = tensors[name] else {
      throw FormatError(
        "the tensor \(name) \(meaning) is missing (found: \(order.joined(separator: ", ")))")
    }
    let fits =
      tensor.shape.count == shape.count
      && zip(tensor.shape, shape).allSatisfy { $0 > 0 && ($1 == -1 || $0 == $1) }
    guard fits else {
      throw FormatError("the tensor \(name) has the shape \(tensor.shape), expected \(meaning)")
    }
    guard tensor.type.isAcceptedForNumbers else {
      throw FormatError(
        "the tensor \(name) has dtype \(tensor.type.rawValue), expected F64, F32, F16 or BF16")
    }
    known.insert(name)
    return tensor
  }

  mutating func doubles(_ name: String, _ shape: [Int], _ meaning: String)
    throws(FormatError) -> [Double]
  {
    let values = try tensor(name, shape, meaning).doubles ?? []
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw FormatError(
        "element \(index) of the tensor \(name) is \(values[index]), expected finite numbers")
    }
    return values
  }

  mutating func floats(_ name: String, _ shape: [Int], _ meaning: String)
    throws(FormatError) -> [Float]
  {
    let values = try tensor(name, shape, meaning).floats ?? []
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw FormatError(
        "element \(index) of the tensor \(name) is \(values[index]), expected finite numbers in "
          + "single precision"
      )
    }
    return values
  }

  private mutating func scaler() throws(FormatError) -> Scaler {
    let mean = try doubles("scaler.mean", [-1], "[features]")
    let scale = try doubles("scaler.scale", [mean.count], "[\(mean.count)], as long as scaler.mean")
    if let index = mean.firstIndex(where: { !Float($0).isFinite }) {
      throw FormatError(
        "element \(index) of the tensor scaler.mean is \(mean[index]), too large for single "
          + "precision"
      )
    }
    // A scale of 0 is refused instead of being read as "constant", because its meaning is
    // ambiguous (the standardised feature could be 0, 1 or NaN).
    if let index = scale.firstIndex(where: { $0 <= 0 || !Float(1 / $0).isFinite }) {
      throw FormatError(
        "element \(index) of the tensor scaler.scale is \(scale[index]), expected numbers above 0 "
          + "(a feature that never varies has the scale 1)"
      )
    }
    return Scaler(mean: mean, scale: scale)
  }

  /// Layers `prefix`layers.0, … that follow each other from the features to the classes.
  mutating func layers(prefix: String, features: Int, classes: Int) throws(FormatError)
    -> [Model.Layer]
  {
    var layers: [Model.Layer] = []
    var inputs = features
    func name(_ n: Int) -> String { "\(prefix)layers.\(n)" }
    repeat {
      let n = layers.count
      let source =
        n == 0 ? "scaler.mean has \(inputs)" : "\(name(n - 1)) has \(inputs) outputs"
      let weight = try floats(
        "\(name(n)).weight", [-1, inputs], "[outputs, \(inputs)] (\(source))")
      let outputs = weight.count / inputs
      guard outputs <= ModelFile.widestLayer else {
        throw FormatError(
          "the tensor \(name(n)).weight has \(outputs) outputs, expected at most "
            + "\(ModelFile.widestLayer)"
        )
      }
      let bias = try floats(
        "\(name(n)).bias", [outputs], "[\(outputs)], the rows of \(name(n)).weight")
      layers.append(Model.Layer(weight: weight, bias: bias, inputs: inputs))
      inputs = outputs
    } while tensors["\(name(layers.count)).weight"] != nil
      || tensors["\(name(layers.count)).bias"] != nil
    guard inputs == classes else {
      throw FormatError(
        "the last layer, \(name(layers.count - 1)), has \(inputs) outputs, expected \(classes), "
          + "the number of classes"
      )
    }
    return layers
  }

  private mutating func principalComponents(features: Int) throws(FormatError) -> Model
    .PrincipalComponents?
  {
    guard tensors["pca.components"] != nil || tensors["pca.explained_variance"] != nil else {
      return nil
    }
    let components = Self.rowsInOrder(
      try doubles("pca.components", [-1, features], "[components, \(features)]"), features)
    let count = components.count / features
    guard tensors["pca.explained_variance"] != nil else {
      return Model.PrincipalComponents(components: components, count: count)
    }
    let variance = try doubles(
      "pca.explained_variance", [count], "[\(count)], the rows of pca.components")
    return Model.PrincipalComponents(
      components: components, count: count, explainedVariance: variance)
  }
}

extension ModelReading {
  /// Components `[C, D]` by row, also from files that store them by column.
  ///
  /// scikit-learn's `components_` is stored by column in memory, and `safetensors.numpy.save_file`
  /// writes memory unchanged, with the row-major shape (`np.ascontiguousarray` avoids this).
  /// Principal components are orthonormal, which distinguishes the two orders; components that are
  /// orthonormal in neither (a custom projection) are read as rows.
  static func rowsInOrder(_ values: [Double], _ width: Int) -> [Double] {
    let count = values.count / max(width, 1)
    guard count > 1, width > 1, count <= width, !isOrthonormal(values, count, width) else {
      return values
    }
    var turned = values
    for c in 0..<count { for k in 0..<width { turned[c * width + k] = values[k * count + c] } }
    return isOrthonormal(turned, count, width) ? turned : values
  }

  private static func isOrthonormal(_ rows: [Double], _ count: Int, _ width: Int) -> Bool {
    for a in 0..<count {
      for b in 0...a {
        var sum = 0.0
        for k in 0..<width { sum += rows[a * width + k] * rows[b * width + k] }
        if abs(sum - (a == b ? 1 : 0)) > 1e-3 { return false }
      }
    }
    return true
  }
}
