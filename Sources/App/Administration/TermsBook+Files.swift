import Rules

extension TermsBook {
  static func kept(_ text: String, version: String) -> TermsBook? { nil }
  static func file(_ path: String, environment: [String: String]) throws -> TermsBook {
    throw UsageError("--rules cannot be read yet")
  }
}
