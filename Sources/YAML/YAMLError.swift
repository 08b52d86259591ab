/// Why a text is no YAML, or none that is taken here.
package struct YAMLError: Error, Equatable, Sendable {
  /// One thing that is wrong.
  package struct Fault: Equatable, Sendable {
    /// What is wrong, in words that go on after a place and a colon.
    package let message: String
    /// Where it stands.
    package let place: YAMLPlace

    /// A fault at a place.
    package init(_ message: String, at place: YAMLPlace) {
      self.message = message
      self.place = place
    }
  }

  /// What was found, in the sequence in which it was. The last one ended the reading, so that more
  /// can follow behind it.
  package let faults: [Fault]

  /// Collects faults.
  package init(_ faults: [Fault]) {
    self.faults = faults
  }
}
