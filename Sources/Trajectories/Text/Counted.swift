/// A number and its noun for messages: 1 → "1 frame", 3 → "3 frames".
func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
