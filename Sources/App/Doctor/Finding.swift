/// What a check of `laurel doctor` found.
struct Finding: Sendable, Equatable {
  /// How it stands.
  enum State: String, Encodable, Sendable {
    /// As it should be.
    case ok
    /// Laurel works, and something should be known.
    case warning
    /// Something does not work, or will not.
    case wrong
    /// It could not be looked at because of what another check says.
    case skipped
  }

  /// How it stands.
  let state: State
  /// What was found, in a sentence without a secret.
  let sentence: String
  /// What to do about it; `nil` when nothing is to be done.
  let advice: String?

  /// All is well.
  static func ok(_ sentence: String) -> Finding {
    Finding(state: .ok, sentence: sentence, advice: nil)
  }

  /// Something should be known.
  static func warning(_ sentence: String, _ advice: String? = nil) -> Finding {
    Finding(state: .warning, sentence: sentence, advice: advice)
  }

  /// Something does not work, and what to do.
  static func wrong(_ sentence: String, _ advice: String) -> Finding {
    Finding(state: .wrong, sentence: sentence, advice: advice)
  }
}
