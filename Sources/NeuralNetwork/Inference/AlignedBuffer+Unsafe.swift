/// Memory for vectors, aligned to 64 bytes (a cache line, the widest vector), zero-initialised,
/// freed with its owner.
package final class AlignedBuffer<Element> {
  package let pointer: UnsafeMutablePointer<Element>
  package let count: Int

  /// `count` elements of a type without references, all bits zero.
  package init(count: Int) {
    let size = max(count, 1) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
