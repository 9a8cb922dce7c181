/// Reads and writes `model.safetensors`.
///
/// Tensors `layers.N.weight [out, in]`, `layers.N.bias [out]`, `scaler.mean [D]`, `scaler.scale
/// [D]`, optionally `pca.components [C, D]`, `pca.explained_variance [C]`, `check.features [B, D]`,
/// `check.probability [B, K]`; metadata
/// `format=verglas-model`, `version=1`, `name` (optional), `classes` (JSON list), `soap` (JSON),
/// `activation=tanh`, `training` (optional JSON), `temperature` (optional, by which the logits are
/// divided), `neighbor_cutoff` (optional, Å). Numbers may be F64, F32, F16 or BF16.
///
/// A guard has tensors `guard.layers.N.weight`, `guard.layers.N.bias` and metadata `guard.classes`
/// (JSON list), `guard.threshold`, `guard.prior`, `guard.training` (optional JSON). Familiarity
/// data are `familiarity.leading [L, D]`, `familiarity.minor [M, D]`,
/// `familiarity.edges [K, L + 3, E]`,
/// `familiarity.limits [K, L + 3, E + 1]` and metadata `familiarity.warning`.
public enum ModelFile {
  /// The metadata entry `format` of every model file.
  public static let format = "verglas-model"
  /// The only version of the format.
  public static let version = "1"
  /// Temperatures that are accepted.
  public static let temperatures = 0.01...100.0
  /// Widest layer that is accepted, which limits scratch memory to 130 MB for any file.
  public static let widestLayer = 65_536

  /// The model in a file.
  ///
  /// Everything is checked before anything is returned: container, metadata, names, shapes,
  /// finiteness. No memory is allocated according to sizes declared in a header.
  ///
  /// - Parameter path: the file as the user named it.
  /// - Throws: `ModelError` with one sentence: what was found, what was expected.
  public static func read(path: String) throws(ModelError) -> Model {
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch { throw ModelError(path: path, reason: error.reason) }
    return try parse(bytes: bytes, path: path)
  }

  /// The model in the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, for instance received from another rank.
  ///   - path: the file as the user named it, for the name of the model and for errors.
  /// - Throws: `ModelError` with one sentence: what was found, what was expected.
  public static func parse(bytes: [UInt8], path: String) throws(ModelError) -> Model {
    do {
      var reading = ModelReading(container: try SafeTensors(bytes: bytes))
      var model = try reading.model(stem: stem(of: path))
      model.hash = SHA256.hexDigest(bytes)
      return model
    } catch {
      throw ModelError(path: path, reason: error.reason)
    }
  }

  /// The bytes of a model's file: the same model gives the same bytes.
  ///
  /// Layers are written as F32, scaler and components as F64; the order of tensors is canonical.
  ///
  /// - Throws: `ModelError` if reading the bytes back would be refused: NaN, a shape, a class list
  ///   of the wrong length, …
  public static func bytes(of model: Model) throws(ModelError) -> [UInt8] {
    let bytes = container(of: model).serialised
    _ = try parse(bytes: bytes, path: "model \(model.name)")
    return bytes
  }

  /// Writes a model under a temporary name in the same directory and renames it when it is
  /// complete.
  ///
  /// - Parameters:
  ///   - model: what to write; refused if it could not be read back.
  ///   - path: the file.
  ///   - overwrite: whether a file that exists may be replaced.
  ///   - temporary: the name under which it is written first; nil for a name with this process's
  ///     id.
  /// - Throws: `ModelError` naming the file.
  public static func write(
    _ model: Model, to path: String, overwrite: Bool = false, temporary: String? = nil
  ) throws(ModelError) {
    let bytes: [UInt8]
    do { bytes = try self.bytes(of: model) } catch {
      throw ModelError(path: path, reason: error.reason)
    }
    do { try writeFile(path, bytes, overwrite: overwrite, temporary: temporary) } catch {
      throw ModelError(path: path, reason: error.reason)
    }
  }

  /// The file's name without directory and without its last suffix.
  static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else {
      return name.isEmpty ? "model" : name
    }
    return String(name[..<dot])
  }

  /// The container of a model.
  private static func container(of model: Model) -> SafeTensors {
    var metadata = model.metadata
    metadata["format"] = format
    metadata["version"] = version
    metadata["name"] = model.name
    metadata["classes"] = JSON.array(model.classes.map { .string($0) }).serialised
    metadata["soap"] = soapText(of: model)
    metadata["activation"] = "tanh"
    metadata["training"] = model.training
    metadata["temperature"] = model.temperature.map { "\($0)" }
    metadata["neighbor_cutoff"] = model.neighborCutoff.map { "\($0)" }
    for (key, value) in guardMetadata(of: model) { metadata[key] = value }
    var tensors = [
      tensor("scaler.mean", [model.scaler.mean.count], model.scaler.mean),
      tensor("scaler.scale", [model.scaler.scale.count], model.scaler.scale),
    ]
    for (index, layer) in model.layers.enumerated() {
      tensors.append(tensor("layers.\(index).weight", [layer.outputs, layer.inputs], layer.weight))
      tensors.append(tensor("layers.\(index).bias", [layer.outputs], layer.bias))
    }
    if let pca = model.principalComponents {
      tensors.append(
        tensor("pca.components", [pca.count, pca.components.count / pca.count], pca.components))
      if let variance = pca.explainedVariance {
        tensors.append(tensor("pca.explained_variance", [variance.count], variance))
      }
    }
    tensors += guardTensors(of: model)
    if let check = model.check {
      let rows = check.features.count / max(model.featureCount, 1)
      tensors.append(tensor("check.features", [rows, model.featureCount], check.features))
      tensors.append(tensor("check.probability", [rows, model.classCount], check.probabilities))
    }
    for foreign in model.foreignTensors {
      guard let type = ElementType(rawValue: foreign.type) else { continue }
      tensors.append(
        SafeTensors.Tensor(
          name: foreign.name, type: type, shape: foreign.shape, bytes: foreign.bytes[...]))
    }
    return SafeTensors(metadata: metadata, tensors: tensors)
  }

  /// The original text if it is equivalent to `soap` (which preserves unknown keys), otherwise a
  /// new one.
  private static func soapText(of model: Model) -> String {
    if let described = try? SOAPDescription(json: model.soapJSON), described == model.soap {
      return model.soapJSON
    }
    return model.soap.json
  }

  static func tensor(_ name: String, _ shape: [Int], _ values: [Double]) -> SafeTensors.Tensor {
    SafeTensors.Tensor(name: name, type: .F64, shape: shape, bytes: littleEndianBytes(values)[...])
  }

  static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> SafeTensors.Tensor {
    SafeTensors.Tensor(name: name, type: .F32, shape: shape, bytes: littleEndianBytes(values)[...])
  }
}
