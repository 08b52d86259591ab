import Domain
package import YAML

/// Something that is wrong in a configuration file, and where.
package struct ConfigFileFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named.
  package let file: String
  /// Where in it.
  package let place: YAMLPlace
  /// What is wrong, and what is allowed.
  package let message: String

  /// A fault at a place. What the message quotes of the file reaches terminals and logs, so what
  /// cannot be seen in it is shown by its number.
  package init(_ message: String, at place: YAMLPlace, of file: String) {
    self.file = file
    self.place = place
    self.message = message.showingInvisible()
  }

  /// As compilers write it, so that editors find the place.
  package var description: String { "\(file):\(place.line):\(place.column): \(message)" }
}
