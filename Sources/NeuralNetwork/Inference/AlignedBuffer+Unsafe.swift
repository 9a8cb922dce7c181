/// Memory for vectors, aligned to 64 bytes (a cache line, the widest vector), zero-initialised,
/// freed with its owner; or a view of such memory.
package final class AlignedBuffer<Element> {
  package let pointer: UnsafeMutablePointer<Element>
  package let count: Int
  /// Whose memory it is, if not this object's own.
  private let owner: AnyObject?

  /// `count` elements of a type without references, all bits zero.
  package init(count: Int) {
    let size = max(count, 1) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    owner = nil
  }

  /// Memory of another owner, which is kept alive and must not be written to.
  init(_ pointer: UnsafePointer<Element>, count: Int, of owner: AnyObject) {
    self.pointer = UnsafeMutablePointer(mutating: pointer)
    self.count = count
    self.owner = owner
  }

  deinit { if owner == nil { UnsafeMutableRawPointer(pointer).deallocate() } }
}
