/// Seals small secrets, such as a store's token, for keeping in the database. Several keys can be at
/// hand, so that one can be exchanged: the newest seals, every one opens what it sealed.
///
/// A sealed value is one byte for the format, 1; the key's id, 4 bytes; a random nonce, 12 bytes; the
/// secret, encrypted with AES-256-GCM; the tag, 16 bytes. The tag covers all of it, and the context
/// that the caller gives: a value that is moved to another store's row does not open there.
package struct SecretBox: Sendable {
  /// The longest secret in bytes.
  package static let maximumByteCount = 65_536

  private static let format: UInt8 = 1
  private static let keyIDByteCount = 4
  private static let headByteCount = 1 + keyIDByteCount

  private let keys: [(id: [UInt8], cipher: AES256GCM)]
  private let newest: (id: [UInt8], cipher: AES256GCM)

  /// Takes the keys as bytes, 32 each, newest first.
  /// - Throws: `SecretBoxError` with `unsuitableKey` when there is none or one has another length,
  ///   or with `libraryFailed`.
  package init(keys: [[UInt8]]) throws(SecretBoxError) {
    var ciphers: [(id: [UInt8], cipher: AES256GCM)] = []
    for bytes in keys {
      guard let cipher = AES256GCM(key: bytes) else {
        throw SecretBoxError(
          .unsuitableKey, "a key has another length than \(AES256GCM.keyByteCount) bytes")
      }
      ciphers.append((id: try Self.id(of: bytes), cipher: cipher))
    }
    guard let newest = ciphers.first else {
      throw SecretBoxError(.unsuitableKey, "there is no key")
    }
    self.keys = ciphers
    self.newest = newest
  }

  /// The id of the key that seals: 8 hexadecimal digits, which tell keys apart and give nothing of
  /// them away.
  package var newestKeyID: String { Hex.encode(newest.id) }

  /// Seals `secret` so that it opens only with the same `context`, for example the store's address.
  /// The nonces are random, so one key should seal no more than 2^32 secrets (NIST SP 800-38D,
  /// section 8.3).
  /// - Throws: `SecretBoxError` with `tooLong` or `libraryFailed`.
  package func seal(_ secret: [UInt8], context: [UInt8]) throws(SecretBoxError) -> [UInt8] {
    guard secret.count <= Self.maximumByteCount else {
      throw SecretBoxError(.tooLong, "the secret is longer than \(Self.maximumByteCount) bytes")
    }
    let head = [Self.format] + newest.id
    var generator = SystemRandomNumberGenerator()
    let nonce = (0..<AES256GCM.nonceByteCount).map { _ in
      UInt8.random(in: .min ... .max, using: &generator)
    }
    do {
      return head + nonce
        + (try newest.cipher.seal(secret, nonce: nonce, associatedData: head + context))
    } catch {
      throw SecretBoxError(.libraryFailed, "the secret could not be sealed", cause: error)
    }
  }

  /// The secret that was sealed with this `context`.
  /// - Throws: `SecretBoxError` with `malformed`, `unknownKey`, `altered` or `libraryFailed`.
  package func open(_ sealed: [UInt8], context: [UInt8]) throws(SecretBoxError) -> [UInt8] {
    let id = try Self.keyIDBytes(of: sealed)
    guard let cipher = keys.first(where: { $0.id == id })?.cipher else {
      throw SecretBoxError(
        .unknownKey, "it was sealed with the key \(Hex.encode(id)), which is not at hand")
    }
    let head = Array(sealed.prefix(Self.headByteCount))
    let rest = sealed.dropFirst(Self.headByteCount)
    let secret: [UInt8]?
    do {
      secret = try cipher.open(
        Array(rest.dropFirst(AES256GCM.nonceByteCount)),
        nonce: Array(rest.prefix(AES256GCM.nonceByteCount)), associatedData: head + context)
    } catch {
      throw SecretBoxError(.libraryFailed, "the secret could not be opened", cause: error)
    }
    guard let secret else {
      throw SecretBoxError(.altered, "it was altered, or sealed with another context")
    }
    return secret
  }

  /// The id of the key that sealed a value, as `newestKeyID` writes it: another one than the newest
  /// says that the value is to be sealed again. Not to be believed before `open`.
  /// - Throws: `SecretBoxError` with `malformed`.
  package static func keyID(of sealed: [UInt8]) throws(SecretBoxError) -> String {
    Hex.encode(try keyIDBytes(of: sealed))
  }

  private static func keyIDBytes(of sealed: [UInt8]) throws(SecretBoxError) -> [UInt8] {
    let shortest = headByteCount + AES256GCM.nonceByteCount + AES256GCM.tagByteCount
    guard sealed.count >= shortest, sealed.count <= shortest + maximumByteCount,
      sealed[0] == format
    else { throw SecretBoxError(.malformed, "it is no sealed secret of format 1") }
    return Array(sealed[1..<headByteCount])
  }

  private static func id(of key: [UInt8]) throws(SecretBoxError) -> [UInt8] {
    do {
      return Array(
        try HMACKey(key).authenticate(Array("laurel secret key id".utf8)).prefix(keyIDByteCount))
    } catch {
      throw SecretBoxError(.libraryFailed, "a key's id could not be computed", cause: error)
    }
  }
}
