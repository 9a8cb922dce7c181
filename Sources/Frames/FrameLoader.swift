import Geometry
import JobControl
import SOAP
import Trajectories

/// A frame that has been read and checked, or this rank's part of it.
public struct LoadedFrame {
  /// Row in the results.
  public let row: Int
  /// MD step.
  public let step: Int64
  /// Time in ps; NaN if it is not known.
  public let time: Double
  /// Its atoms on this rank.
  public let domain: FrameDomain
}

/// Reads frames and checks them against the plan; each rank of a team reads its share of a frame's
/// bytes. All commands that describe frames load them here.
public final class FrameLoader {
  private let plan: FramePlan
  private let reader: TrajectoryReader
  private let team: FrameTeam
  private var duplicates: DuplicateSearch

  /// Reads frames of a plan, each shared by the ranks of a team.
  public init(_ plan: FramePlan, team: FrameTeam) {
    self.plan = plan
    self.team = team
    duplicates = DuplicateSearch(team: team)
    reader = TrajectoryReader(plan.trajectory, species: plan.speciesMap)
  }

  /// Reads the plan's frame of a row of the results. Collective over the team; see
  /// `load(_:row:timings:)`.
  public func load(row: Int, timings: inout Timings) throws -> LoadedFrame {
    try load(plan.trajectory.frames[row], row: row, timings: &timings)
  }

  /// Reads a frame of the plan's trajectory. Collective over the team.
  ///
  /// - Throws: `TrajectoryError` or `RunError` with file, frame and atom if the frame is not as
  ///   expected; the same on all ranks.
  public func load(_ location: FrameLocation, row: Int, timings: inout Timings) throws
    -> LoadedFrame
  {
    timings.begin()
    let (header, batch) = try team.together { try read(location, &timings) }
    timings.end(.read)
    if let id = try duplicates.duplicate(
      in: batch.unwantedIDs.isEmpty ? batch.ids : batch.ids + batch.unwantedIDs)
    {
      throw team.agreed(
        TrajectoryError.duplicate(id: id, path: plan.trajectory.path(of: location), frame: location)
      )
    }
    let counts = batch.counts(speciesCount: plan.sets.species.count)
    let domain = try place(consume batch, header.cell, location, &timings)
    timings.atoms += Int64(domain.atomCount)
    try team.together { try check(domain, counts, location) }
    timings.end(.neighbours)
    let time = plan.timeStep.map { Double(header.step) * $0 } ?? header.time ?? .nan
    return LoadedFrame(row: row, step: header.step, time: time, domain: domain)
  }

  /// This rank's share of the frame.
  private func read(_ location: FrameLocation, _ timings: inout Timings) throws -> (
    header: FrameHeader, batch: AtomBatch
  ) {
    let header = try reader.header(of: location)
    let batch = try reader.atoms(of: location, header: header, part: team.rank, of: team.size)
    timings.bytes += location.byteCount / Int64(team.size)
    try batch.refuseFar(of: location, path: plan.trajectory.path(of: location))
    return (header, batch)
  }

  /// The atoms sorted by cell: all of them, or those of this rank's part.
  private func place(
    _ batch: consuming AtomBatch, _ cell: Cell, _ location: FrameLocation, _ timings: inout Timings
  ) throws -> FrameDomain {
    let sets = plan.sets, pairCutoff = plan.pairCutoff
    do {
      if team.size > 1 {
        return try FrameDomain(
          cell: cell, distributing: consume batch, sets: sets, pairCutoff: pairCutoff, team: team,
          timings: &timings)
      }
      let columns = (batch.ids, batch.species, batch.x, batch.y, batch.z)
      batch = AtomBatch()
      let table = AtomTable(
        ids: columns.0, species: columns.1, x: columns.2, y: columns.3, z: columns.4,
        wrappedInto: cell)
      return try FrameDomain(cell: cell, atoms: table, sets: sets, pairCutoff: pairCutoff)
    } catch let error as RunError {
      throw team.agreed(failure(location, error.description))
    }
  }

  /// The centres must be those of the first frame, because rows of the results correspond to ids.
  private func check(_ domain: FrameDomain, _ counts: [Int], _ location: FrameLocation) throws {
    let found = try team.sum([Int64(domain.centerCount)] + counts.map(Int64.init)).map { Int($0) }
    guard found[0] == plan.centerCount else {
      throw failure(
        location,
        "expected \(plan.centerCount) centres (\(plan.sets.species[plan.sets.center])) as in the "
          + "first frame, found \(found[0])"
      )
    }
    for (k, species) in plan.sets.species.enumerated() {
      guard let expected = plan.speciesCounts?[k], expected != found[1 + k] else { continue }
      throw failure(
        location,
        "expected \(expected) atoms of \(species) as in the first frame, found \(found[1 + k])"
      )
    }
    guard let centerIDs = plan.centerIDs else { return }
    for id in domain.centerIDs where centerIDs.row(of: id) == nil {
      throw failure(
        location,
        "expected the centres of the first frame, found id \(id), which is not one of them")
    }
  }

  private func failure(_ location: FrameLocation, _ reason: String) -> TrajectoryError {
    TrajectoryError(
      path: plan.trajectory.path(of: location), line: location.line, frame: location.ordinal,
      reason: reason)
  }
}

extension AtomBatch {
  /// Largest accepted distance of an atom from the origin in Å.
  public static let farthest = 1e9

  /// Throws if an atom is so far away that its wrapped position has no significant digits and its
  /// image index overflows, which indicates a damaged number.
  public func refuseFar(of frame: FrameLocation, path: String) throws {
    guard
      let k = ids.indices.first(where: { max(abs(x[$0]), abs(y[$0]), abs(z[$0])) > Self.farthest })
    else { return }
    throw TrajectoryError(
      path: path, line: frame.line, frame: frame.ordinal,
      reason: "atom id \(ids[k]) lies more than 1e9 Å from the origin")
  }
}
