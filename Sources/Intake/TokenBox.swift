package import Signing

/// Seals the tokens of installed stores. A token opens only with the address of the store that gave
/// it, so that one copied into another store's row is worth nothing there.
package struct TokenBox: Sendable {
  private let box: SecretBox

  /// Seals with the newest key of `box`.
  package init(_ box: SecretBox) {
    self.box = box
  }

  /// The id of the key that seals.
  package var keyID: String { box.newestKeyID }

  /// Seals the token that the store at `address` gave.
  /// - Throws: `SecretBoxError`.
  package func seal(_ token: String, of address: String) throws(SecretBoxError) -> [UInt8] {
    try box.seal(Array(token.utf8), context: Array(address.utf8))
  }

  /// The token that was sealed for the store at `address`.
  /// - Throws: `SecretBoxError`.
  package func open(_ sealed: [UInt8], of address: String) throws(SecretBoxError) -> String {
    String(decoding: try box.open(sealed, context: Array(address.utf8)), as: UTF8.self)
  }
}
