/// A generator whose draws follow from its seed (SplitMix64, Steele, Lea, Flood 2014).
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Begins a sequence; the same seed is the same one.
  package init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed) &* 0xD134_2543_DE82_EF95
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from `low` to `high`, both included.
  package mutating func number(_ low: Int, _ high: Int) -> Int {
    low + Int(next() % UInt64(high - low + 1))
  }

  /// True in `percent` of a hundred cases.
  package mutating func chance(_ percent: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 * 100 < percent
  }
}
