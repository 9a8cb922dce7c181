import Geometry

/// The number of cells of each crystal in the box.
struct BoxPlan: Sendable {
  /// Cells of ice Ih along x, y, z; zero along the slab's axis if there is none.
  var ice: SIMD3<Int>
  /// Cells of the dense crystal, likewise.
  var dense: SIMD3<Int>
  /// The two frameworks, the dense one strained to fit the ice and to have its density.
  let iceFramework: OxygenFramework, denseFramework: OxygenFramework

  var iceMolecules: Int { ice.x * ice.y * ice.z * iceFramework.sites.count }
  var denseMolecules: Int { dense.x * dense.y * dense.z * denseFramework.sites.count }

  /// - Throws: `LatticeError` if the box would be too large.
  init(_ recipe: WaterRecipe) throws(LatticeError) {
    let ih = OxygenFramework.iceIh, iii = OxygenFramework.iceIII
    let axis = recipe.axis
    let compressed = iii.strained(to: iii.edges * cubeRoot(iii.density / recipe.denseDensity))
    let hasIce = recipe.denseShare < 1, hasDense = recipe.denseShare > 0
    let lead = hasIce ? ih : compressed
    var counts = SIMD3(repeating: 1)
    var total: Int?
    switch recipe.size {
    case .cells(let cells): counts = cells
    case .molecules(let wanted):
      counts = Self.lateralCounts(
        lead, molecules: wanted, axis: axis, matching: hasIce && hasDense ? compressed : nil)
      total = wanted
    }
    let lateral = (0..<3).filter { $0 != axis }
    /// Molecules of one layer of cells across the axis.
    func layer(_ framework: OxygenFramework, _ counts: SIMD3<Int>) -> Double {
      Double(framework.sites.count) * Double(counts[lateral[0]]) * Double(counts[lateral[1]])
    }
    var ice = counts, dense = counts
    if hasIce && hasDense {
      for k in lateral {
        dense[k] = max(1, Int((Double(counts[k]) * ih.edges[k] / compressed.edges[k]).rounded()))
      }
      let molecules = total.map(Double.init) ?? layer(ih, ice) * Double(counts[axis])
      dense[axis] = max(1, Int((recipe.denseShare * molecules / layer(iii, dense)).rounded()))
      let left = (molecules - layer(iii, dense) * Double(dense[axis])) / layer(ih, ice)
      ice[axis] = max(
        1,
        Int(
          total == nil
            ? ((1 - recipe.denseShare) * Double(counts[axis])).rounded() : left.rounded(.up)))
    } else {
      if let total {
        counts[axis] = max(1, Int((Double(total) / layer(lead, counts)).rounded(.up)))
      }
      ice = counts
      dense = counts
      if hasIce { dense[axis] = 0 } else { ice[axis] = 0 }
    }
    var edges = compressed.edges
    if hasIce && hasDense {
      for k in lateral { edges[k] = Double(ice[k]) * ih.edges[k] / Double(dense[k]) }
      edges[axis] =
        compressed.edges.x * compressed.edges.y * compressed.edges.z
        / (edges[lateral[0]] * edges[lateral[1]])
    }
    iceFramework = ih
    denseFramework = iii.strained(to: edges)
    self.ice = ice
    self.dense = dense
    // In floating point first: a product of three numbers from the command line may not fit.
    let size = layer(ih, ice) * Double(ice[axis]) + layer(iii, dense) * Double(dense[axis])
    guard size <= Double(WaterBox.mostMolecules) else {
      throw LatticeError(
        "the box would have \(Int(min(size, 1e15))) molecules; the largest has "
          + "\(WaterBox.mostMolecules)"
      )
    }
  }

  /// Cells across the axis: close to those of a cube, and such that the other crystal fits with
  /// little strain.
  private static func lateralCounts(
    _ lead: OxygenFramework, molecules: Int, axis: Int, matching other: OxygenFramework?
  ) -> SIMD3<Int> {
    let volume =
      Double(molecules) / Double(lead.sites.count) * lead.edges.x * lead.edges.y * lead.edges.z
    let length = cubeRoot(volume)
    var counts = SIMD3(repeating: 1)
    for k in 0..<3 where k != axis {
      let ideal = max(1, (length / lead.edges[k]).rounded())
      counts[k] = Int(ideal)
      guard let other else { continue }
      var best = Double.infinity
      for n in max(1, Int(0.8 * ideal))...Int((1.25 * ideal).rounded(.up)) {
        let cells = Double(n) * lead.edges[k] / other.edges[k]
        let strain = abs(cells / max(1, cells.rounded()) - 1)
        let score = strain + 0.2 * abs(Double(n) / ideal - 1)
        if score < best { (best, counts[k]) = (score, n) }
      }
    }
    return counts
  }
}

/// ∛x of a positive number, by Newton's iteration: products and quotients only, so that boxes have
/// the same bits on every platform.
func cubeRoot(_ x: Double) -> Double {
  var root = x.squareRoot()
  for _ in 0..<200 {
    let next = root - (root - x / (root * root)) / 3
    if abs(next - root) <= 1e-15 * next { return next }
    root = next
  }
  return root
}
