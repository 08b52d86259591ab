/// A text in YAML 1.1 as a tree, read by libyaml.
///
/// It is libyaml itself and not Yams, because Yams imports Foundation, which makes the program 45 MB
/// larger; a configuration needs nothing of it.
///
/// What is read here is written by a human, so everything is refused that a human does not need and
/// that can make a small text large or hard to understand: anchors and aliases, tags, several
/// documents, the same key twice, and whatever is beyond the limits.
package struct YAMLDocument: Sendable {
  /// How many bytes a text can have.
  package static let maximumBytes = 1_000_000
  /// How deep sequences and mappings can stand in each other.
  package static let maximumDepth = 32
  /// How many nodes a document can have, keys included.
  package static let maximumNodes = 100_000

  /// The outermost node; `nil` when the text holds nothing but space and remarks.
  package let root: YAMLNode?
  /// What is wrong besides, in the sequence of the text; what stands there is not to be used, only to
  /// be looked through for more faults. In the place of an alias stands nothing.
  package let faults: [YAMLError.Fault]

  /// Reads a text.
  /// - Throws: `YAMLError` with the first fault after which nothing more can be read, and those
  ///   before it.
  package init(_ bytes: [UInt8]) throws(YAMLError) {
    guard bytes.count <= Self.maximumBytes else {
      throw YAMLError([
        .init(
          "the text is too long; \(Self.maximumBytes) bytes at most are read",
          at: YAMLPlace(line: 1, column: 1))
      ])
    }
    var builder = TreeBuilder(bytes)
    root = try builder.document()
    faults = builder.faults
  }
}
