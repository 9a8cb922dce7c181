import TestSupport
import Testing

@testable import Learning

/// Random choices: fixed, so that a dataset can be reproduced anywhere; exact; unbiased.
@Suite(.tags(.fast)) struct StreamTests {
  @Test("a stream's numbers never change") func pinned() {
    var stream = SeededStream(seed: 1, .centers, 3, 7)
    let words = (0..<3).map { _ in stream.next() }
    #expect(words == Self.reference)
    #expect(stream.choose(5, of: 40) == Self.chosen)
    var other = SeededStream(seed: 1, .centers, 7, 3)
    #expect(other.next() != words[0])
  }

  // Made by a Python program from the definition (integers modulo 2⁶⁴).
  static let reference: [UInt64] = [
    4_630_102_851_625_503_297, 7_936_692_188_190_760_735, 17_760_269_640_049_878_866,
  ]
  static let chosen = [7, 8, 24, 28, 37]

  @Test("k of n: rising, all different, each equally often") func choose() {
    var stream = SeededStream(seed: 5, .centers)
    var hits = [Int](repeating: 0, count: 10)
    for _ in 0..<20_000 {
      let chosen = stream.choose(3, of: 10)
      #expect(chosen.count == 3 && chosen == Set(chosen).sorted())
      for k in chosen { hits[k] += 1 }
    }
    // 6000 each; standard deviation 65.
    #expect(hits.allSatisfy { abs($0 - 6000) < 330 }, "\(hits)")
    #expect(stream.choose(0, of: 4) == [] && stream.choose(4, of: 4) == [0, 1, 2, 3])
  }

  @Test("integers are fair and in range") func integers() {
    var stream = SeededStream(seed: 6, .quotas)
    var hits = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { hits[stream.integer(below: 7)] += 1 }
    #expect(hits.allSatisfy { abs($0 - 10_000) < 470 }, "\(hits)")
    #expect(stream.shuffled(9).sorted() == Array(0..<9))
  }

  @Test("shares add up, keep to capacities and are even", arguments: 0..<200) func shares(seed: Int)
  {
    var stream = SeededStream(seed: UInt64(seed), .quotas)
    let capacities = (0..<(1 + stream.integer(below: 12))).map { _ in stream.integer(below: 60) }
    let total = stream.integer(below: capacities.reduce(1, +))
    let shares = stream.shares(
      of: total, weights: capacities.map { _ in 1 }, capacities: capacities)
    #expect(shares.reduce(0, +) == total)
    #expect(zip(shares, capacities).allSatisfy { 0 <= $0 && $0 <= $1 })
    // Any part below its limit has at most one less than any other.
    let most = shares.max() ?? 0
    #expect(
      zip(shares, capacities).allSatisfy { $0 == $1 || $0 >= most - 1 },
      "\(shares) of \(capacities)")
  }

  @Test("weighted shares are proportional") func weighted() {
    var stream = SeededStream(seed: 2, .quotas)
    #expect(stream.shares(of: 70, weights: [1, 2, 4], capacities: [99, 99, 99]) == [10, 20, 40])
    #expect(stream.shares(of: 70, weights: [1, 2, 4], capacities: [99, 99, 10]) == [20, 40, 10])
    #expect(
      stream.shares(of: 30, weights: [0, 3.0 / 7, 6.0 / 7], capacities: [0, 99, 99]) == [0, 10, 20])
  }

  @Test("parts of environments have exact counts", arguments: [5, 6, 7, 8, 9, 10, 33, 12000])
  func environments(count: Int) {
    var stream = SeededStream(seed: 3, .splitOfEnvironments, 0)
    let parts = DatasetSplit.parts(perClass: count, stream: &stream)
    let counts = (0..<3).map { part in parts.filter { $0 == UInt8(part) }.count }
    #expect(counts == DatasetSplit.counts(perClass: count))
    #expect(
      counts[1] == counts[2] && abs(Double(counts[1]) - 0.2 * Double(count)) < 0.5
        && counts.reduce(0, +) == count)
  }

  @Test("frames: 60:20:20 to a frame, spread over files", arguments: 0..<50) func frames(seed: Int)
    throws
  {
    var stream = SeededStream(seed: UInt64(seed), .splitOfFrames)
    let frameCounts = (0..<(1 + stream.integer(below: 9))).map { _ in 3 + stream.integer(below: 20)
    }
    let parts = try #require(
      DatasetSplit.parts(frameCounts: frameCounts, keepsFiles: false, stream: &stream))
    #expect(parts.map(\.count) == frameCounts)
    let heaviest = 1 / Double(frameCounts.min()!)
    for part in 0..<3 {
      let weight = zip(parts, frameCounts).reduce(0.0) { sum, file in
        sum + Double(file.0.filter { $0 == UInt8(part) }.count) / Double(file.1)
      }
      #expect(
        abs(weight - DatasetSplit.shares[part] * Double(frameCounts.count)) <= heaviest + 1e-9)
      #expect(parts.contains { $0.contains(UInt8(part)) })
    }
    let whole = DatasetSplit.parts(frameCounts: frameCounts, keepsFiles: true, stream: &stream)
    #expect((whole == nil) == (frameCounts.count < 3))
    #expect(whole?.allSatisfy { Set($0).count == 1 } ?? true)
  }
}
