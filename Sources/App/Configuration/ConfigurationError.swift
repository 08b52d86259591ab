/// Everything that is wrong with the configuration, said at once.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// One sentence for each fault, with the name of the variable; never with a secret.
  package let faults: [String]

  /// Collects faults.
  package init(_ faults: [String]) {
    self.faults = faults
  }

  package var description: String {
    ([
      "Laurel cannot start: the configuration has \(faults.count) fault\(faults.count == 1 ? "" : "s")."
    ]
      + faults.map { "  - \($0)" }).joined(separator: "\n")
  }
}
