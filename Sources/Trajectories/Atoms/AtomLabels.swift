/// The distinct labels of a topology's atoms: their names as in the file, each with its element, so
/// that `--types` can name them by either.
struct AtomLabels {
  /// Names; of atoms beyond `mostNames` different ones, their elements.
  private(set) var labels: [String] = []
  /// Element of each label; empty if it is the label.
  private(set) var elements: [String] = []
  /// Label of each atom added, as an index into `labels`.
  private(set) var labelOfAtom: [UInt8] = []

  private let keepsNames: Bool
  private var places: [Key: UInt8] = [:]

  private struct Key: Hashable { var name: String, element: String }

  /// Most labels, and most of them that are names: other elements than these have places left.
  private static let most = 250, mostNames = 128

  init(keepsNames: Bool = true) { self.keepsNames = keepsNames }

  /// Adds an atom.
  /// - Returns: false if there are too many labels.
  mutating func add(name: String, element: String) -> Bool {
    guard let label = index(name: name, element: element) else { return false }
    labelOfAtom.append(label)
    return true
  }

  /// The label of a name with its element, which is added; nil if there are too many.
  mutating func index(name: String, element: String) -> UInt8? {
    // Digits are types.
    let own = keepsNames && Int(name) == nil ? name : element
    if let known = places[Key(name: own, element: element)] { return known }
    let label = labels.count < Self.mostNames || own == element ? own : element
    if let known = places[Key(name: label, element: element)] { return known }
    guard labels.count < Self.most else { return nil }
    let place = UInt8(labels.count)
    places[Key(name: label, element: element)] = place
    labels.append(label)
    elements.append(label == element ? "" : element)
    return place
  }
}
