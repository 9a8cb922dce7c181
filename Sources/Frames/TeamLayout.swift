import JobControl

import Glibc

/// The distribution of frames over ranks: teams of neighbouring ranks, each with a block of
/// consecutive frames.
///
/// With P ranks in teams of about R there are G = ⌊P / R⌋ teams; team g holds ranks ⌊gP/G⌋ to
/// ⌊(g+1)P/G⌋, so no rank is idle if R does not divide P, and frames are distributed in proportion
/// to the ranks of a team.
public struct TeamLayout: Equatable, Sendable {
  /// Total number of ranks.
  public let rankCount: Int
  /// Number of teams.
  public let teamCount: Int
  /// Frames of the run.
  public let frameCount: Int

  /// - Parameter ranksPerFrame: requested size of a team, at most all ranks.
  public init(rankCount: Int, ranksPerFrame: Int, frameCount: Int) {
    self.rankCount = rankCount
    self.frameCount = frameCount
    teamCount = max(1, rankCount / max(1, min(ranksPerFrame, rankCount)))
  }

  /// The ranks of a team.
  public func ranks(ofTeam team: Int) -> Range<Int> {
    evenShare(of: rankCount, part: team, of: teamCount)
  }

  /// The team of a rank.
  func team(ofRank rank: Int) -> Int {
    evenPart(holding: rank, of: rankCount, parts: teamCount)
  }

  /// The frames of a team, as rows of the results.
  public func frames(ofTeam team: Int) -> Range<Int> {
    let ranks = ranks(ofTeam: team)
    return (frameCount * ranks.lowerBound / rankCount)..<(frameCount * ranks.upperBound / rankCount)
  }

  /// Ranks of the smallest team.
  public var smallestTeam: Int { rankCount / teamCount }
  /// Ranks of the largest team: at most one more.
  public var largestTeam: Int { (rankCount + teamCount - 1) / teamCount }

  /// The number of ranks in a team, as text.
  public func teamSizes(between word: String) -> String {
    smallestTeam == largestTeam ? "\(largestTeam)" : "\(smallestTeam)\(word)\(largestTeam)"
  }
}

/// The cost of a frame for one team: the model used by `--ranks-per-frame auto` and `inspect
/// --ranks`.
///
///     t(R) = N·c/R + x·A/R + h·H(R) + α·⌈log₂ R⌉·m
///     H(R) = halo atoms of a part of N/R centres
///
/// c: time per centre (SOAP, network, everything that is not repeated); x: time to send one of the
/// A atoms to the rank that owns it (R > 1); h: time to receive, sort and search a halo atom; α:
/// time of a round of messages, of which a frame needs m = 9 (three sums per level of the
/// partition, the exchange of atoms and of halo labels, two rounds per level of the clusters,
/// sums). Measured constants: docs/scaling.md.
public struct FrameCost: Equatable, Sendable {
  /// Centres and atoms of a frame.
  public var centers: Int, atoms: Int
  /// Their volume in Å³.
  public var volume: Double
  /// Halo width in Å: the largest effective cutoff.
  public var halo: Double
  /// Bytes per centre at the peak while it is evaluated.
  public var bytesPerCenter = Self.leastBytesPerCenter
  /// Seconds per centre.
  public var secondsPerCenter = 10e-6

  /// A frame whose centres take the usual time and memory.
  public init(centers: Int, atoms: Int, volume: Double, halo: Double) {
    self.centers = centers
    self.atoms = atoms
    self.volume = volume
    self.halo = halo
  }

  /// Seconds per atom sent to its owner.
  static let secondsPerAtom = 0.17e-6
  /// Seconds per halo atom.
  static let secondsPerHaloAtom = 0.25e-6
  /// Seconds per round of messages.
  static let secondsPerRound = 20e-6
  /// Rounds of messages of a frame, for each doubling of the ranks.
  static let roundsPerLevel = 9.0
  /// Bytes per atom at the peak while a frame is distributed and sorted into the grid.
  static let bytesPerAtom = 75.0
  /// The same for a centre that is evaluated by one model without further options.
  public static let leastBytesPerCenter = 250.0
  /// Bytes of a rank before the first frame that it does not share with others.
  static let bytesPerRank = 25e6

  /// Atoms around a part of a frame that belong to other parts (or are images of its own): a cube
  /// with a shell.
  func haloAtoms(ranks: Int) -> Double {
    let edge = cbrt(volume / Double(ranks))
    let density = Double(atoms) / max(volume, 1)
    return density * (pow3(edge + 2 * halo) - pow3(edge))
  }

  /// Seconds a team of `ranks` ranks needs for a frame.
  public func seconds(ranks: Int) -> Double {
    let own = Double(centers) / Double(ranks) * secondsPerCenter
    let shell = haloAtoms(ranks: ranks) * Self.secondsPerHaloAtom
    guard ranks > 1 else { return own + shell }
    let exchange = Double(atoms) / Double(ranks) * Self.secondsPerAtom
    return own + exchange + shell + Self.secondsPerRound * Self.roundsPerLevel
      * log2(Double(ranks)).rounded(.up)
  }

  /// Bytes at the peak of a rank that analyses a part of 1/`ranks` of a frame.
  public func bytes(ranks: Int) -> Double {
    let held = Double(atoms) / Double(ranks) + haloAtoms(ranks: ranks)
    let heldCenters = held * Double(centers) / Double(max(atoms, 1))
    return Self.bytesPerRank + max(Self.bytesPerAtom * held, bytesPerCenter * heldCenters)
  }

  private func pow3(_ x: Double) -> Double { x * x * x }
}

extension TeamLayout {
  /// Seconds until the last team has finished.
  public func makespan(_ cost: FrameCost) -> Double {
    (0..<teamCount).reduce(0) {
      max($0, Double(frames(ofTeam: $1).count) * cost.seconds(ranks: ranks(ofTeam: $1).count))
    }
  }

  /// Time of one rank alone, divided by ranks times makespan.
  public func efficiency(_ cost: FrameCost) -> Double {
    Double(frameCount) * cost.seconds(ranks: 1) / (Double(rankCount) * max(makespan(cost), 1e-300))
  }

  /// The layout with the smallest makespan whose parts fit into the memory of a rank; of equally
  /// fast ones that with the smallest teams.
  ///
  /// - Parameter memory: bytes that a rank may use; if no layout fits, the largest team is used.
  public static func best(rankCount: Int, frameCount: Int, cost: FrameCost, memory: Double)
    -> TeamLayout
  {
    var best: (layout: TeamLayout, seconds: Double)?
    var seen = -1
    for ranks in 1...rankCount {
      let layout = TeamLayout(rankCount: rankCount, ranksPerFrame: ranks, frameCount: frameCount)
      if layout.teamCount == seen { continue }
      seen = layout.teamCount
      guard cost.bytes(ranks: layout.smallestTeam) <= memory || layout.teamCount == 1 else {
        continue
      }
      let seconds = layout.makespan(cost)
      // Teams of one rank have no exchange; a predicted gain of one per cent does not outweigh
      // that.
      if best == nil || seconds < 0.99 * best!.seconds { best = (layout, seconds) }
    }
    return best!.layout
  }
}
