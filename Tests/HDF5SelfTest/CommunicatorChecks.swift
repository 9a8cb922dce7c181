import MPI

/// Every function of the communicator, with the count of one call both unlimited and limited to 5
/// elements, which exercises the paths for large data.
func checkCommunicator(_ world: Communicator) throws {
  for limit in [Int(Int32.max), 5, 1] {
    world.largestCount = limit
    try checkBroadcast(world)
    try checkReduce(world)
    try checkRankOrder(world)
    try checkGather(world)
    try checkExchange(world)
    try checkMessages(world)
  }
  world.largestCount = Int(Int32.max)
  try checkSplit(world)
  try checkTraffic(world)
  try checkLongMessage(world)
  require(MPIRuntime.isInitialized && !MPIRuntime.isFinalized, "MPI runs")
  require(
    MPIRuntime.libraryVersion.contains("MPI"),
    "the library has a name: \(MPIRuntime.libraryVersion)")
  require(!MPIRuntime.processorName.isEmpty, "the node has a name")
  let before = MPIRuntime.wallTime
  try world.barrier()
  require(MPIRuntime.wallTime >= before, "time does not run backwards")
  requireEqual(try MPIRuntime.initialize().size, world.size)
}

private func checkBroadcast(_ world: Communicator) throws {
  for root in 0..<world.size {
    let isRoot = world.rank == root
    var doubles = (0..<23).map { isRoot ? Double($0) * 0.5 : -1 }
    try world.broadcast(into: &doubles, from: root)
    requireEqual(doubles, (0..<23).map { Double($0) * 0.5 })
    requireEqual(try world.broadcast(isRoot ? [1, 2, 3] as [Int64] : [], from: root), [1, 2, 3])
    requireEqual(
      try world.broadcast(isRoot ? [1.5, 2] as [Float] : [9, 9, 9], from: root), [1.5, 2])
    requireEqual(try world.broadcast([] as [UInt8], from: root), [])
    requireEqual(try world.broadcast(isRoot ? [-7, 7] as [Int32] : [], from: root), [-7, 7])
    requireEqual(try world.broadcast(isRoot ? UInt64.max : 0, from: root), UInt64.max)
    requireEqual(try world.broadcast(isRoot ? "Å, ps, 冰" : "other", from: root), "Å, ps, 冰")
  }
}

private func checkReduce(_ world: Communicator) throws {
  let (rank, size) = (Int64(world.rank), Int64(world.size))
  var values = (0..<17).map { rank * 100 + $0 }
  try world.allReduce(&values, .sum)
  requireEqual(values, (0..<17).map { size * (size - 1) / 2 * 100 + size * $0 })
  var doubles = [Double(rank), -Double(rank)]
  try world.allReduce(&doubles, .maximum)
  requireEqual(doubles, [Double(size - 1), 0])
  requireEqual(try world.allReduce(rank + 3, .minimum), 3)
  requireEqual(try world.allReduce(Double(rank), .sum), Double(size * (size - 1) / 2))
  requireEqual(try world.allAgree(true), true)
  requireEqual(try world.allAgree(rank != size - 1), false)
  requireEqual(try world.exclusiveScan(rank + 1), rank * (rank + 1) / 2)
  requireEqual(
    try world.exclusiveScan([Int64](repeating: 2, count: 9)), [Int64](repeating: 2 * rank, count: 9)
  )
  let pending = try world.beginAllReduce(rank, .maximum)
  var answer: Int64?
  while answer == nil { answer = try pending.poll() }
  requireEqual(answer, size - 1)
  requireEqual(try pending.poll(), size - 1)
  requireEqual(try world.beginAllReduce(rank, .sum).wait(), size * (size - 1) / 2)
}

/// Floats are added in the order of ranks, whatever the length and however many calls came before.
private func checkRankOrder(_ world: Communicator) throws {
  // Numbers of such different sizes that each order of addition gives other bits.
  func value(_ rank: Int, _ index: Int) -> Double {
    let mixed = UInt64(rank * 7919 + index + 1) &* 0x9E37_79B9_7F4A_7C15
    let sign = mixed & 1 == 0 ? 1.0 : -1.0
    return sign * Double(mixed >> 12) * [1e-9, 1.0, 1e7][Int(mixed >> 60) % 3]
  }
  // Around the border between the two algorithms, and not divisible by the number of ranks.
  let longest = world.largestCount == 1 ? 400 : world.largestCount == 5 ? 4203 : 40_003
  for count in [1, 3, 257, longest] {
    for call in 0..<(count < 1000 ? 7 : 2) {
      var doubles = (0..<count).map { value(world.rank, $0 + call) }
      var floats = doubles.map { Float($0) }
      try world.allReduce(&doubles, .sum)
      try world.allReduce(&floats, .sum)
      let terms = (0..<world.size).map { rank in (0..<count).map { value(rank, $0 + call) } }
      requireEqual(
        doubles, (0..<count).map { i in terms.dropFirst().reduce(terms[0][i]) { $0 + $1[i] } })
      requireEqual(
        floats,
        (0..<count).map { i in
          terms.dropFirst().reduce(Float(terms[0][i])) { $0 + Float($1[i]) }
        })
    }
  }
  // A NaN of the last rank is the result on all, in a sum and in either extreme.
  for reduction in [Reduction.sum, .minimum, .maximum] {
    for count in [2, 40_003] where count < 1000 || world.largestCount > 1000 {
      var values = [Double](repeating: Double(world.rank), count: count)
      if world.rank == world.size - 1 { values[count - 1] = .nan }
      try world.allReduce(&values, reduction)
      require(values[count - 1].isNaN, "a NaN is the result")
      let last = world.size - 1
      let expected =
        switch reduction {
        case .sum: Double(last * (last + 1) / 2)
        case .minimum: 0.0
        case .maximum: Double(last)
        }
      requireEqual(values[0], expected)
    }
  }
}

private func checkGather(_ world: Communicator) throws {
  let (rank, size) = (world.rank, world.size)
  requireEqual(try world.allGather(Int64(rank)), (0..<size).map { Int64($0) })
  requireEqual(
    try world.allGather((0..<7).map { rank * 10 + $0 }),
    (0..<size).flatMap { r in (0..<7).map { r * 10 + $0 } })
  requireEqual(
    try world.allGather(String(repeating: "é", count: rank)),
    (0..<size).map { String(repeating: "é", count: $0) })
  // Rank r gives r·3 values: none on rank 0.
  let mine = (0..<rank * 3).map { Int64(rank * 1000 + $0) }
  let all = try world.allGatherVariable(mine)
  requireEqual(all.counts, (0..<size).map { $0 * 3 })
  for r in 0..<size { requireEqual(Array(all[r]), (0..<r * 3).map { Int64(r * 1000 + $0) }) }
  for root in 0..<size {
    let gathered = try world.gatherVariable(mine.map { UInt8(truncatingIfNeeded: $0) }, to: root)
    requireEqual(gathered != nil, rank == root)
    if let gathered {
      requireEqual(gathered.values, all.values.map { UInt8(truncatingIfNeeded: $0) })
    }
  }
}

private func checkExchange(_ world: Communicator) throws {
  let (rank, size) = (world.rank, world.size)
  // Rank a sends (a + 2·b) mod 4 values to rank b, each naming both.
  func block(from a: Int, to b: Int) -> [Int64] {
    (0..<((a + 2 * b) % 4) * 4).map { Int64(a * 10_000 + b * 100 + $0) }
  }
  let blocks = (0..<size).map { block(from: rank, to: $0) }
  let counts = blocks.map(\.count)
  let received = try world.allToAllVariable(blocks.flatMap { $0 }, counts: counts)
  for r in 0..<size { requireEqual(Array(received[r]), block(from: r, to: rank)) }
  let doubles = try world.allToAllVariable(
    blocks.flatMap { $0.map { Double($0) + 0.5 } }, counts: counts)
  requireEqual(doubles.values, received.values.map { Double($0) + 0.5 })
  let bytes = try world.allToAllVariable(
    blocks.flatMap { $0.map { UInt8(truncatingIfNeeded: $0) } }, counts: counts)
  requireEqual(bytes.values, received.values.map { UInt8(truncatingIfNeeded: $0) })
  let nothing = try world.allToAllVariable([] as [Double], counts: [Int](repeating: 0, count: size))
  requireEqual(nothing.values, [])
}

private func checkMessages(_ world: Communicator) throws {
  let (rank, size) = (world.rank, world.size)
  let (next, previous) = ((rank + 1) % size, (rank + size - 1) % size)
  func message(from rank: Int) -> [UInt8] {
    (0..<13).map { UInt8(truncatingIfNeeded: rank * 13 + $0) }
  }
  let batch = MessageBatch(on: world)
  try batch.receive(count: 13, from: previous, tag: 4)
  try batch.receive(count: 0, from: previous, tag: 5)
  try batch.send(message(from: rank), to: next, tag: 4)
  try batch.send([] as [UInt8], to: next, tag: 5)
  let received = try batch.waitAll()
  requireEqual(received, [message(from: previous), []])
  let polled = MessageBatch(on: world)
  try polled.receive(count: 13, from: previous)
  try polled.send(message(from: rank), to: next)
  while try !polled.isComplete() {}
  requireEqual(try polled.waitAll(), [message(from: previous)])
  // A message of unknown length, found by probing.
  guard world.largestCount > 13 else { return }
  let unknown = MessageBatch(on: world)
  try unknown.send([UInt8](repeating: 7, count: rank + 1), to: next, tag: 9)
  var envelope: Envelope?
  while envelope == nil { envelope = try world.probe(tag: 9) }
  requireEqual(envelope, Envelope(source: previous, tag: 9, byteCount: previous + 1))
  requireEqual(try world.receive(envelope!), [UInt8](repeating: 7, count: previous + 1))
  _ = try unknown.waitAll()
  try world.barrier()
  requireEqual(try world.probe(), nil)
}

private func checkSplit(_ world: Communicator) throws {
  let half = try world.split(color: world.rank % 2, key: -world.rank)!
  requireEqual(half.size, (world.size + 1 - world.rank % 2) / 2)
  requireEqual(
    try half.allGather(world.rank), (0..<world.size).reversed().filter { $0 % 2 == world.rank % 2 })
  let root = try world.split(color: world.isRoot ? 0 : nil)
  requireEqual(root != nil, world.isRoot)
  requireEqual(try world.splitShared().size, world.size)
  // more than Open MPI has identifiers for at once, if they were not freed
  for _ in 0..<3000 { _ = try world.duplicate() }
}

private func checkTraffic(_ world: Communicator) throws {
  let fresh = try world.duplicate()
  requireEqual(fresh.traffic, Traffic())
  _ = try fresh.broadcast([Double](repeating: 1, count: 10))
  requireEqual(fresh.traffic.bytes, fresh.isRoot ? 88 : 0)
  let before = fresh.traffic.bytes
  let batch = MessageBatch(on: fresh)
  try batch.receive(count: 100, from: fresh.rank)
  try batch.send([UInt8](repeating: 0, count: 100), to: fresh.rank)
  _ = try batch.waitAll()
  requireEqual(fresh.traffic.bytes - before, 100)
}

/// Messages beyond the eager limit, which MPI sends by rendezvous.
private func checkLongMessage(_ world: Communicator) throws {
  let count = 3 << 20
  let batch = MessageBatch(on: world)
  let (next, previous) = ((world.rank + 1) % world.size, (world.rank + world.size - 1) % world.size)
  try batch.receive(count: count, from: previous)
  try batch.send([UInt8](repeating: UInt8(world.rank), count: count), to: next)
  requireEqual(try batch.waitAll()[0], [UInt8](repeating: UInt8(previous), count: count))
}
