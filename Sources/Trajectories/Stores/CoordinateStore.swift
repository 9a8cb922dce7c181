/// Coordinates in a container that another module opens: the contents of an H5MD file, without a
/// dependency on HDF5.
///
/// Trajectories does not depend on HDF5, so `H5MD` implements this protocol and `StoredFile`
/// makes a trajectory of it.
public protocol CoordinateStore: AnyObject {
  /// Properties common to all frames.
  var summary: StoredSummary { get }

  /// Edge vectors of the cell in file units, row by row: nine numbers.
  func edges(ofFrame frame: Int) throws(TrajectoryError) -> [Double]

  /// Positions of atoms in file units, row-major `[atoms.count, 3]`.
  func positions(ofFrame frame: Int, atoms: Range<Int>) throws(TrajectoryError) -> [Double]

  /// Ids of all atoms in the order of the frame; nil if they are in the topology's order in every
  /// frame.
  func ids(ofFrame frame: Int) throws(TrajectoryError) -> [Int64]?

  /// The topology of a frame whose atoms are others than the summary's; nil if they are the same.
  func topology(ofFrame frame: Int) throws(TrajectoryError) -> Topology?

  /// Whether the cell of a frame is periodic along each edge.
  func isPeriodic(ofFrame frame: Int) -> [Bool]
}

/// Properties of all frames in a container of coordinates.
public struct StoredSummary: Sendable, Equatable {
  /// Step of each frame.
  public var steps: [Int64] = []
  /// Whether the steps are only frame numbers, because the file has none.
  public var isNumbered = false
  /// Time of each frame in ps; empty if unknown.
  public var times: [Double] = []
  /// Atoms in each frame; in the first one, if `atomCounts` says that frames differ.
  public var atomCount = 0
  /// Atoms of each frame; empty if they are as many in all.
  public var atomCounts: [Int] = []
  /// Å per unit of length of positions and of edges.
  public var lengthScale = 1.0
  /// See `lengthScale`.
  public var edgeScale = 1.0
  /// Whether the file says which edges are periodic.
  public var saysBoundary = true
  /// Whether the cell is periodic along each edge.
  public var isPeriodic = [true, true, true]
  /// The topology, if the file has it.
  public var topology: Topology?
  /// Notes for the user, each once.
  public var notes: [String] = []

  /// No frames.
  public init() {}

  /// Atoms of a frame.
  public func atomCount(ofFrame frame: Int) -> Int {
    atomCounts.isEmpty ? atomCount : atomCounts[frame]
  }
}

/// A format whose files are containers of arrays that another module opens.
public protocol StoredFormat: TrajectoryFormat {
  /// Opens a file.
  /// - Throws: `TrajectoryError` if it has no positions with a cell.
  func store(_ source: TrajectorySource) throws(TrajectoryError) -> any CoordinateStore
}

extension StoredFormat {
  /// If a file has names, they are its topology.
  public var namesAtoms: Bool { false }

  /// The frames that the file lists.
  public func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    PartialIndex(try store(source).summary, source: source)
  }

  /// Opens a file through its store.
  public func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    StoredFile(
      source: source, index: index, species: species, topologies: topologies,
      store: try store(source))
  }
}

extension PartialIndex {
  /// The frames of a container.
  init(_ summary: StoredSummary, source: TrajectorySource) {
    self.init(range: 0..<source.size)
    // The bytes of a frame are a share of the file size; they are used only for statistics of
    // reading.
    let count = Int64(summary.steps.count)
    let (share, rest) = count > 0 ? source.size.quotientAndRemainder(dividingBy: count) : (0, 0)
    let frames = summary.steps.enumerated().map { k, step in
      let offset = share * Int64(k) + min(Int64(k), rest)
      return FrameLocation(
        file: 0, ordinal: k, offset: offset, bodyOffset: offset,
        end: offset + share + (Int64(k) < rest ? 1 : 0), step: step,
        atomCount: Int64(summary.atomCount(ofFrame: k)), line: 0, bodyLine: 0,
        lineCount: summary.atomCount(ofFrame: k),
        header: .complete, hasStep: true,
        isUnterminated: false, units: nil, time: summary.times.isEmpty ? nil : summary.times[k],
        isNumbered: summary.isNumbered)
    }
    records = RecordChain(frames: frames, next: source.size)
  }
}
