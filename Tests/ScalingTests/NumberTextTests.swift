import JobControl
import TestSupport
import Testing

/// Numbers of the closing tables. Timings come from results files, which may be damaged, so any
/// number must have a text.
@Suite(.tags(.fast)) struct NumberTextTests {
  @Test("numbers as people write them")
  func usual() {
    #expect(Log.thousands(12_345_678) == "12 300 000")
    #expect(Log.thousands(0.4) == "0")
    #expect(Log.percent(0.999) == "99 %")
    #expect(Log.duration(59.94) == "59.9 s")
    #expect(Log.duration(3725) == "1 h 2 min")
    #expect(Log.fixed(-0.0004, 3) == "0.000")
  }

  @Test("numbers beyond whole numbers", arguments: [9e15, 1e19, 1e300])
  func huge(_ value: Double) {
    #expect(Log.thousands(value) == "\(value)")
    #expect(Log.duration(value) == "\(value) s")
    #expect(Log.fixed(-value, 2) == "\(-value)")
    #expect(Log.percent(value / 100).hasSuffix(" %"))
  }

  @Test("no numbers", arguments: [Double.infinity, -.infinity, .nan])
  func notFinite(_ value: Double) {
    #expect(Log.thousands(value) == "0")
    #expect(Log.duration(value) == "?")
    #expect(Log.fixed(value, 2) == "\(value)")
    #expect(Log.percent(value) == "\(value) %")
  }
}
