import Contracts
import Models

/// The weights of a network's hidden layers in the order of the fp32 kernel, in memory of another
/// owner: the ranks of a node need them once.
public struct PackedWeights {
  private let start: UnsafePointer<Float>
  private let owner: AnyObject

  /// Weights that `pack` wrote.
  ///
  /// - Parameters:
  ///   - start: the first of `floatCount` floats.
  ///   - owner: kept alive as long as a classifier reads them.
  public init(at start: UnsafePointer<Float>, of owner: AnyObject) {
    self.start = start
    self.owner = owner
  }

  /// Number of floats for the weights of a model. It includes room to begin at a multiple of 64
  /// bytes, wherever the memory begins; all ranks of a node see it at the same place in a page.
  public static func floatCount(of model: Model) -> Int {
    model.layers.dropLast().reduce(16) {
      $0 + 16 * PackedLayer<Float>.vectorCount($1, .native)
    }
  }

  /// Writes a model's weights.
  ///
  /// - Precondition: `memory` has `floatCount(of:)` floats, all zero.
  public static func pack(_ model: Model, into memory: inout MutableSpan<Float>) {
    require(memory.count >= floatCount(of: model), "too little memory for the weights of a network")
    memory.withUnsafeMutableBufferPointer { floats in
      var next = aligned(floats.baseAddress!)
      for layer in model.layers.dropLast() {
        let count = PackedLayer<Float>.vectorCount(layer, .native)
        let vectors = UnsafeMutableRawPointer(mutating: next)
          .bindMemory(to: SIMD16<Float>.self, capacity: count)
        PackedLayer<Float>.pack(layer, .native, into: vectors)
        next += 16 * count
      }
    }
  }

  /// The weights of each hidden layer.
  func layers(of model: Model) -> [AlignedBuffer<SIMD16<Float>>] {
    var next = Self.aligned(start)
    return model.layers.dropLast().map { layer in
      let count = PackedLayer<Float>.vectorCount(layer, .native)
      let vectors = UnsafeRawPointer(next).assumingMemoryBound(to: SIMD16<Float>.self)
      next += 16 * count
      return AlignedBuffer(vectors, count: count, of: owner)
    }
  }

  private static func aligned(_ start: UnsafePointer<Float>) -> UnsafePointer<Float> {
    UnsafeRawPointer(start).alignedUp(toMultipleOf: 64).assumingMemoryBound(to: Float.self)
  }
}
