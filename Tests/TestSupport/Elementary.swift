import Foundation

/// ln x.
public func logarithm(_ x: Double) -> Double { log(x) }

/// sin and cos of an angle in radians.
public func sineCosine(_ angle: Double) -> (sin: Double, cos: Double) { (sin(angle), cos(angle)) }
