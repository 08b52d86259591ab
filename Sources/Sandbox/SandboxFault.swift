/// A way in which the stand-in store misbehaves, once, on one root field.
package enum SandboxFault: Sendable, Equatable {
  /// An unhandled exception before anything was saved: HTTP 200, `IntegrityError`.
  case internalErrorBeforeSave
  /// The same answer, but the row was saved. A new card then has neither tags nor events.
  case internalErrorAfterSave
  /// This HTTP status, 200 to 599, with an HTML page and nothing saved; 500 is what a lost database
  /// gives.
  case httpStatus(Int)
  /// The connection is closed without an answer, nothing saved.
  case noAnswerBeforeSave
  /// Everything is saved, then the connection is closed without an answer.
  case noAnswerAfterSave
  /// Everything is saved at once, the answer comes after this long.
  case delay(Duration)
  /// The connection is closed at once; this long afterwards the operation is carried out.
  case late(Duration)
  /// This read and the ones after it, so many in all, come from a replica that does not have the
  /// cards made during the store's `replicaLag`; an order is not there at all.
  case staleReads(Int)
  /// Answered as if the token had no permission.
  case permissionDenied
  /// A code that exists is refused as the loser of a race is: `UNIQUE` instead of
  /// `ALREADY_EXISTS`.
  case duplicateReportedAsUnique
}

/// Random misbehaviour that can be repeated: the same seed and the same calls give the same faults.
package struct SandboxMischief: Sendable {
  /// A fault and how often it strikes.
  package struct Chance: Sendable {
    /// The fault.
    package let fault: SandboxFault
    /// Its probability for each call, 0 to 1.
    package let probability: Double

    /// A fault that strikes with this probability.
    package init(_ fault: SandboxFault, probability: Double) {
      self.fault = fault
      self.probability = probability
    }
  }

  private var generator: SandboxGenerator
  private let chances: [Chance]
  private let fields: Set<String>?

  /// Faults on the named root fields, or on all of them. The probabilities are added up, so
  /// together they should not exceed 1.
  package init(seed: UInt64, chances: [Chance], fields: Set<String>? = nil) {
    generator = SandboxGenerator(seed: seed)
    self.chances = chances
    self.fields = fields
  }

  /// The fault for the next call of a root field, if any.
  mutating func next(on field: String) -> SandboxFault? {
    guard fields?.contains(field) ?? true else { return nil }
    var point = Double.random(in: 0..<1, using: &generator)
    for chance in chances {
      if point < chance.probability { return chance.fault }
      point -= chance.probability
    }
    return nil
  }
}

/// The SplitMix64 generator: small, and the same everywhere for a given seed.
package struct SandboxGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator that starts at the seed.
  package init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
