import COpenSSL

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag: what it
/// seals can neither be read nor be changed without the key. Printing it never shows the key.
package struct AES256GCM: Sendable {
  /// Length of a key, a nonce and a tag in bytes.
  package static let keyByteCount = 32, nonceByteCount = 12, tagByteCount = 16

  private let key: [UInt8]

  /// Nil unless the key has 32 bytes.
  package init?(key: [UInt8]) {
    guard key.count == Self.keyByteCount else { return nil }
    self.key = key
  }

  /// The encrypted `plaintext` followed by the tag, which covers `associatedData` too. A nonce must
  /// never be used twice under one key.
  /// - Throws: `SigningError` with `encryptionFailed` when the nonce has not 12 bytes or libcrypto
  ///   fails.
  package func seal(
    _ plaintext: [UInt8], nonce: [UInt8], associatedData: [UInt8]
  ) throws(SigningError) -> [UInt8] {
    let cipher = try Cipher()
    try cipher.start(key: key, nonce: nonce, encrypts: true)
    try cipher.authenticate(associatedData)
    let ciphertext = try cipher.update(plaintext)
    guard cipher.finish() else { throw Cipher.failure }
    return ciphertext + (try cipher.tag())
  }

  /// What was sealed; nil when `sealed`, the nonce or `associatedData` is not what it was then, or
  /// the key is another one.
  /// - Throws: `SigningError` as `seal`.
  package func open(
    _ sealed: [UInt8], nonce: [UInt8], associatedData: [UInt8]
  ) throws(SigningError) -> [UInt8]? {
    guard sealed.count >= Self.tagByteCount else { return nil }
    let cipher = try Cipher()
    try cipher.start(key: key, nonce: nonce, encrypts: false)
    try cipher.authenticate(associatedData)
    let plaintext = try cipher.update(Array(sealed.dropLast(Self.tagByteCount)))
    try cipher.expect(tag: Array(sealed.suffix(Self.tagByteCount)))
    return cipher.finish() ? plaintext : nil
  }

  /// One use of libcrypto's `EVP_CIPHER_CTX *`.
  @safe private struct Cipher: ~Copyable {
    private let context: OpaquePointer

    static var failure: SigningError {
      SigningError(.encryptionFailed, "AES-256-GCM could not be computed")
    }

    init() throws(SigningError) {
      guard let context = unsafe EVP_CIPHER_CTX_new() else { throw Self.failure }
      unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    borrowing func start(
      key: [UInt8], nonce: [UInt8], encrypts: Bool
    ) throws(SigningError) {
      // 96 bits is the nonce's length that libcrypto assumes for this mode.
      guard nonce.count == AES256GCM.nonceByteCount,
        unsafe EVP_CipherInit_ex(
          context, EVP_aes_256_gcm(), nil, key, nonce, encrypts ? 1 : 0) == 1
      else { throw Self.failure }
    }

    borrowing func authenticate(_ data: [UInt8]) throws(SigningError) {
      _ = try unsafe run(data, into: nil)
    }

    borrowing func update(_ input: [UInt8]) throws(SigningError) -> [UInt8] {
      var output = [UInt8](repeating: 0, count: input.count)
      let written = try unsafe output.withUnsafeMutableBufferPointer {
        buffer throws(SigningError) in
        try unsafe run(input, into: buffer.baseAddress)
      }
      guard written == output.count else { throw Self.failure }
      return output
    }

    /// Whether the end was reached in order; when decrypting, whether the tag fits.
    borrowing func finish() -> Bool {
      // This mode has nothing left to write at the end, but libcrypto wants a place for it.
      var rest: [UInt8] = [UInt8](repeating: 0, count: 16)
      var count: Int32 = 0
      let isRight = unsafe EVP_CipherFinal_ex(context, &rest, &count) == 1
      if !isRight { ERR_clear_error() }
      return isRight
    }

    borrowing func tag() throws(SigningError) -> [UInt8] {
      var tag = [UInt8](repeating: 0, count: AES256GCM.tagByteCount)
      try control(EVP_CTRL_AEAD_GET_TAG, &tag)
      return tag
    }

    borrowing func expect(tag: [UInt8]) throws(SigningError) {
      var tag = tag
      try control(EVP_CTRL_AEAD_SET_TAG, &tag)
    }

    private borrowing func control(
      _ request: Int32, _ bytes: inout [UInt8]
    ) throws(SigningError) {
      let count = Int32(bytes.count)
      guard unsafe EVP_CIPHER_CTX_ctrl(context, request, count, &bytes) == 1 else {
        throw Self.failure
      }
    }

    private borrowing func run(
      _ input: [UInt8], into output: UnsafeMutablePointer<UInt8>?
    ) throws(SigningError) -> Int {
      if input.isEmpty { return 0 }
      guard let count = Int32(exactly: input.count) else { throw Self.failure }
      var written: Int32 = 0
      guard unsafe EVP_CipherUpdate(context, output, &written, input, count) == 1 else {
        throw Self.failure
      }
      return Int(written)
    }
  }
}

extension AES256GCM: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A fixed text, so that a key never reaches a log.
  package var description: String { "AES256GCM(hidden)" }
  /// The same fixed text.
  package var debugDescription: String { description }
  /// A mirror without children: `dump` and reflection see nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
