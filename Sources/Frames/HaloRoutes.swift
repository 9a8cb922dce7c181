import Geometry
import MPI
import Phases

/// The owned centres that are halo copies in other parts, and the halo copies of this part: the
/// routes of labels and fragment names.
///
/// Made without communication: because pair lists are symmetric, a centre of part A has a neighbour
/// in part B if and only if that neighbour has this centre as a neighbour. A sends to B its centres
/// with a neighbour in B; B expects from A its halo copies of A's centres with a neighbour among
/// its own. These are the same centres, and both sides list them by ascending id.
struct HaloRoutes {
  /// Local indices of owned centres, rank by rank.
  private let sent: [Int32]
  /// Local indices of halo copies, rank by rank.
  private let received: [Int32]
  private let plan: ExchangePlan?
  private let team: FrameTeam

  /// Collective over the team.
  ///
  /// - Parameter neighbors: neighbours of the owned centres, up to the largest distance at which
  ///   halo copies are needed.
  init(_ neighbors: NeighborList, domain: FrameDomain, team: FrameTeam) throws {
    self.team = team
    var sends: [[Int32]] = Array(repeating: [], count: team.size)
    var receives = sends
    if !domain.isWhole {
      for row in 0..<neighbors.rowCount {
        let center = neighbors.centers[row]
        for entry in neighbors.offsets[row]..<neighbors.offsets[row + 1] {
          let neighbor = neighbors.neighbors[entry]
          if domain.ownedOrdinal[Int(neighbor)] >= 0 { continue }
          let owner = domain.owner(ofLocal: Int(neighbor))
          sends[owner].append(center)
          receives[owner].append(neighbor)
        }
      }
    }
    func unique(_ list: [Int32]) -> [Int32] {
      let sorted = list.sorted()
      return sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map { sorted[$0] }
    }
    let outgoing = sends.map(unique), incoming = receives.map(unique)
    sent = outgoing.flatMap { $0 }
    received = incoming.flatMap { $0 }
    plan =
      domain.isWhole
      ? nil
      : try team.planExchange(
        counts: outgoing.map(\.count), incoming: incoming.map(\.count), isLocal: true)
  }

  /// Number of halo copies that are filled.
  var haloCount: Int { received.count }

  /// Fills in the words of halo copies; `[local]`. Collective.
  func fill(_ words: inout [Int64]) throws {
    guard let plan else { return }
    let incoming = try team.exchange(sent.map { words[Int($0)] }, plan)
    for (k, local) in received.enumerated() { words[Int(local)] = incoming[k] }
  }

  /// Fills in the codes of halo copies; `[local]`. Collective.
  func fill(_ codes: inout [PhaseCode]) throws {
    guard let plan else { return }
    let incoming = try team.exchange(
      sent.flatMap { [codes[Int($0)].top, codes[Int($0)].level] }, width: 2, plan)
    for (k, local) in received.enumerated() {
      codes[Int(local)] = PhaseCode(top: incoming[2 * k], level: incoming[2 * k + 1])
    }
  }

  /// Fills in the bytes of halo copies; `[local]`. Collective.
  func fill(_ bytes: inout [UInt8]) throws {
    guard let plan else { return }
    let incoming = try team.exchange(sent.map { bytes[Int($0)] }, plan)
    for (k, local) in received.enumerated() { bytes[Int(local)] = incoming[k] }
  }

  /// Fills in the first `width` numbers, at most eight, of halo copies; `[local]`. Collective.
  func fill(_ vectors: inout [SIMD8<Double>], width: Int) throws {
    guard let plan else { return }
    let incoming = try team.exchange(
      sent.flatMap { local in (0..<width).map { vectors[Int(local)][$0] } }, width: width, plan)
    for (k, local) in received.enumerated() {
      for c in 0..<width { vectors[Int(local)][c] = incoming[k * width + c] }
    }
  }
}
