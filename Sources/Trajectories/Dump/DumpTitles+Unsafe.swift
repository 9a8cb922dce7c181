/// White space that may be between `ITEM:` and the name of a section: LAMMPS writes one space,
/// other programs a tab or several.
let titleBlanks = 16

/// Start of the `ITEM:` that precedes the name of a section at `word`, with spaces or tabs between,
/// not before `floor`; or nil.
func titleStart(before word: Int, in bytes: UnsafeRawBufferPointer, floor: Int = 0) -> Int? {
  guard floor >= 0, word <= bytes.count else { return nil }
  var last = word
  while last > floor, word - last < titleBlanks, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09
  { last -= 1 }
  return last < word && last - 5 >= floor && matches("ITEM:", in: bytes, at: last - 5)
    ? last - 5 : nil
}

/// Whether the title of a section is at `start`: `ITEM:`, spaces or tabs, and a text that starts
/// with `name`.
func matchesTitle(_ name: StaticString, in bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
  guard matches("ITEM:", in: bytes, at: start) else { return false }
  let limit = min(bytes.count, start + 5 + titleBlanks)
  var word = start + 5
  while word < limit, bytes[word] == 0x20 || bytes[word] == 0x09 { word += 1 }
  return word > start + 5 && matches(name, in: bytes, at: word)
}

/// Start of the next frame: the first `ITEM: TIMESTEP` that starts in `[start, end)`, or nil.
///
/// Searches for `P`, which is rarer in a dump than `I` or any digit, and compares backwards from
/// it. A match in the middle of a line is accepted, because it occurs when a restart appends to the
/// file of a killed run; the frame before it is then short.
func nextFrameStart(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
  var position = start + 13
  // With the maximum white space, the P is this many bytes plus 12 after the start.
  let last = min(end + 12 + titleBlanks, bytes.count)
  while let found = firstIndex(of: UInt8(ascii: "P"), in: bytes, from: position, to: last) {
    if matches("TIMESTEP", in: bytes, at: found - 7),
      let title = titleStart(before: found - 7, in: bytes), title >= start
    {
      return title < end ? title : nil
    }
    position = found + 1
  }
  return nil
}
