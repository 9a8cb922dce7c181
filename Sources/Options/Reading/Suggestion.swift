/// The word that was probably meant: the nearest by edit distance if it is close enough; nil
/// otherwise.
///
/// Close enough means at most one edit per three letters, but at least one.
func nearest(_ word: String, among words: [String]) -> String? {
  let bare = word.drop { $0 == "-" }
  let candidates = words.map { ($0, editDistance(Array(bare), Array($0.drop { $0 == "-" }))) }
  guard let best = candidates.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(1, bare.count / 3) ? best.0 : nil
}

/// Smallest number of letters to insert, delete, replace or swap with their neighbours (optimal
/// string alignment).
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var rows = [Array(0...b.count)]
  for i in 1...max(a.count, 1) where !a.isEmpty {
    var row = [i]
    for j in 1...max(b.count, 1) where !b.isEmpty {
      var best = min(rows[i - 1][j] + 1, row[j - 1] + 1)
      best = min(best, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        best = min(best, rows[i - 2][j - 2] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
