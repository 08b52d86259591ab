/// A command was given what it cannot work with: exit status 64.
package struct UsageError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, and what to give instead.
  package let description: String

  /// An error with this sentence.
  package init(_ description: String) {
    self.description = description
  }
}
