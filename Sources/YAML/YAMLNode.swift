/// A node of a document with its place.
package struct YAMLNode: Sendable {
  /// What a node holds.
  package enum Value: Sendable {
    /// A text.
    case scalar(YAMLScalar)
    /// Nodes one after the other.
    case sequence([YAMLNode])
    /// Nodes by keys, no key twice, in the sequence of the text.
    case mapping([YAMLEntry])
  }

  /// What it holds.
  package let value: Value
  /// Where it begins.
  package let place: YAMLPlace

  /// A node at a place.
  package init(_ value: Value, at place: YAMLPlace) {
    self.value = value
    self.place = place
  }

  /// Whether nothing stands there: nothing at all, `~` or `null`.
  package var isNull: Bool {
    guard case .scalar(let scalar) = value else { return false }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.text)
  }
}

/// A key of a mapping with what stands under it.
package struct YAMLEntry: Sendable {
  /// The key.
  package let key: String
  /// Where the key begins.
  package let place: YAMLPlace
  /// What stands under it.
  package let node: YAMLNode

  /// An entry of a mapping.
  package init(key: String, place: YAMLPlace, node: YAMLNode) {
    self.key = key
    self.place = place
    self.node = node
  }
}
