package import Domain
package import FoundationEssentials
import Signing

/// The keys from which reward codes are derived, newest first.
package struct RewardKeys: Sendable {
  private let keys: [(id: String, key: HMACKey)]

  /// The id of the newest key, which new rewards use.
  package let newestID: String

  /// Takes the keys as bytes, newest first; `nil` when there is none.
  /// - Throws: `SigningError`.
  package init?(_ keys: [[UInt8]]) throws {
    // A key's id tells keys apart in the ledger and gives nothing of the key away.
    self.keys = try keys.map { bytes in
      let print = try HMACKey(bytes).authenticate(Array("laurel code key id".utf8))
      return (id: Hex.encode(Array(print.prefix(4))), key: HMACKey(bytes))
    }
    guard let newest = self.keys.first else { return nil }
    newestID = newest.id
  }

  /// The ids of all keys, newest first.
  package var ids: [String] { keys.map(\.id) }
  /// Whether the key of that id is at hand.
  package func contains(keyID: String) -> Bool { keys.contains { $0.id == keyID } }

  /// The code of a reward at the store: 16 characters of base32, 80 bits that nobody can guess and
  /// that come out the same every time. `nil` when no key of that id is at hand.
  /// - Throws: `SigningError`.
  package func code(of identity: RewardIdentity, keyID: String) throws -> String? {
    guard let key = keys.first(where: { $0.id == keyID })?.key else { return nil }
    return Base32.encode(Array(try key.authenticate(identity.bytes).prefix(10)))
  }

  /// The id of the key from which the code with this SHA-256 is derived; `nil` when none at hand
  /// gives it.
  /// - Throws: `SigningError`.
  package func keyID(of identity: RewardIdentity, codeHash: [UInt8]) throws -> String? {
    for (id, _) in keys {
      guard let code = try code(of: identity, keyID: id) else { continue }
      if try SHA256.hash(Array(code.utf8)) == codeHash { return id }
    }
    return nil
  }

  /// Under what a buyer can stand in the ledger: the mailbox of his address, and its pseudonyms.
  /// - Throws: `SigningError`.
  func mailboxes(of email: EmailAddress?, store: StoreAddress) throws -> [String] {
    try email.map { try [$0.mailbox] + pseudonyms(of: $0.mailbox, store: store) } ?? []
  }

  /// What takes the place of the mailbox of a deleted customer, under each key, the newest first. It
  /// is the same every time, so that he is recognised when he buys again, and without the key not even
  /// a list of all addresses leads back to his.
  /// - Throws: `SigningError`.
  package func pseudonyms(of mailbox: String, store: StoreAddress) throws -> [String] {
    // Neither part can hold a NUL.
    try pseudonyms(of: "laurel erased mailbox\0\(store.canonical)\0\(mailbox)")
      .map { "erased:\($0)" }
  }

  /// What stands in the ledger for something that was seen on an order, such as a telephone number,
  /// under each key, the newest first.
  /// - Parameter kind: what kind of thing it is, so that equal texts of two kinds are not one.
  /// - Throws: `SigningError`.
  package func pseudonyms(
    of value: String, kind: String, store: StoreAddress
  ) throws -> [String] {
    // Only the last part can hold a NUL.
    try pseudonyms(of: "laurel trace\0\(store.canonical)\0\(kind)\0\(value)")
  }

  private func pseudonyms(of text: String) throws -> [String] {
    let message = Array(text.utf8)
    return try keys.map { Hex.encode(Array(try $0.key.authenticate(message).prefix(16))) }
  }

  /// The reward's id: a UUID of version 8 (RFC 9562) out of its identity, so that a restored
  /// ledger gives the same reward the same id.
  /// - Throws: `SigningError`.
  package static func id(of identity: RewardIdentity) throws -> UUID {
    var bytes = try SHA256.hash(identity.bytes)
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return UUID(
      uuid: (
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8],
        bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
      ))
  }
}
