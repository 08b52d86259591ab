import YAML

/// A value that a configuration file sets, and where.
struct FileSetting: Sendable {
  /// What it says.
  enum Content: Sendable {
    /// One value.
    case text(String)
    /// Several, each with its place.
    case list([(text: String, place: YAMLPlace)])
  }

  /// Its name in the file, such as `reward.amount`.
  let path: String
  /// Where the value stands.
  let place: YAMLPlace
  /// The value.
  let content: Content
}
