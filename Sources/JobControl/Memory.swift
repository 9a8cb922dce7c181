import Glibc

/// Bytes that each rank of a node may use: four fifths of the node's memory, divided evenly.
public func memoryPerRank(ranksOnNode: Int) -> Double {
  let pages = sysconf(Int32(_SC_PHYS_PAGES)), size = sysconf(Int32(_SC_PAGESIZE))
  guard pages > 0, size > 0 else { return .infinity }
  return 0.8 * Double(pages) * Double(size) / Double(max(ranksOnNode, 1))
}
