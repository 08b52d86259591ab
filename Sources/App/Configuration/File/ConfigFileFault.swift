package import YAML

/// Something that is wrong in a configuration file, and where.
package struct ConfigFileFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named.
  package let file: String
  /// Where in it.
  package let place: YAMLPlace
  /// What is wrong, and what is allowed.
  package let message: String

  /// A fault at a place.
  package init(_ message: String, at place: YAMLPlace, of file: String) {
    self.file = file
    self.place = place
    self.message = message
  }

  /// As compilers write it, so that editors find the place.
  package var description: String { "\(file):\(place.line):\(place.column): \(message)" }
}
