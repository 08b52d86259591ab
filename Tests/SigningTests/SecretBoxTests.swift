import Signing
import Testing

@Suite struct SecretBoxTests {
  static let oldKey = bytes(1, times: 32)
  static let newKey = bytes(2, times: 32)

  let secret = bytes("a token of thirty characters..")
  let context = bytes("https://alice.example.com/graphql/")

  @Test func opensWhatItSealed() throws {
    let box = try SecretBox(keys: [Self.newKey])
    for secret in [[], [0], secret, bytes(0xff, times: SecretBox.maximumByteCount)] {
      let sealed = try box.seal(secret, context: context)
      #expect(sealed.count == secret.count + 33)
      #expect(try box.open(sealed, context: context) == secret)
    }
  }

  @Test func sealsNothingTheSameWayTwice() throws {
    let box = try SecretBox(keys: [Self.newKey])
    let sealed = try (0..<1000).map { _ in try box.seal(secret, context: context) }
    #expect(Set(sealed.map { Array($0[5..<17]) }).count == 1000)
    #expect(Set(sealed.map { Array($0[17...]) }).count == 1000)
  }

  /// The layout is kept in databases; it may not change by accident.
  @Test func opensAValueOfFormat1() throws {
    let head = [1] + hex("bf2104f5")
    let nonce = bytes(9, times: 12)
    let cipher = try #require(AES256GCM(key: Self.newKey))
    let sealed =
      head + nonce + (try cipher.seal(secret, nonce: nonce, associatedData: head + context))
    let box = try SecretBox(keys: [Self.newKey])
    #expect(box.newestKeyID == "bf2104f5")
    #expect(try SecretBox.keyID(of: sealed) == "bf2104f5")
    #expect(try box.open(sealed, context: context) == secret)
  }

  @Test func keysAreExchangedWithoutLoss() throws {
    let before = try SecretBox(keys: [Self.oldKey])
    let during = try SecretBox(keys: [Self.newKey, Self.oldKey])
    let after = try SecretBox(keys: [Self.newKey])
    let sealed = try before.seal(secret, context: context)
    #expect(try SecretBox.keyID(of: sealed) == before.newestKeyID)
    #expect(try SecretBox.keyID(of: sealed) != during.newestKeyID)
    #expect(code { try after.open(sealed, context: context) } == .unknownKey)
    let opened = try during.open(sealed, context: context)
    #expect(opened == secret)
    let again = try during.seal(opened, context: context)
    #expect(try SecretBox.keyID(of: again) == after.newestKeyID)
    #expect(try after.open(again, context: context) == secret)
    #expect(code { try before.open(again, context: context) } == .unknownKey)
  }

  @Test func anotherContextDoesNotOpen() throws {
    let box = try SecretBox(keys: [Self.newKey])
    let sealed = try box.seal(secret, context: context)
    for other in [[], context + [0x2f], context.dropLast(), bytes("https://bob.example.com/")] {
      #expect(code { try box.open(sealed, context: other) } == .altered)
    }
  }

  @Test func everyOneBitChangeIsNoticed() throws {
    let box = try SecretBox(keys: [Self.newKey, Self.oldKey])
    let sealed = try box.seal(secret, context: context)
    for bit in 0..<(sealed.count * 8) {
      var changed = sealed
      changed[bit / 8] ^= 1 << (bit % 8)
      let expected: SecretBoxError.Code =
        switch bit / 8 {
        case 0: .malformed
        case 1...4: .unknownKey
        default: .altered
        }
      #expect(code { try box.open(changed, context: context) } == expected)
    }
  }

  @Test func aValueUnderAnotherKeysIDDoesNotOpen() throws {
    let box = try SecretBox(keys: [Self.newKey, Self.oldKey])
    let old = try SecretBox(keys: [Self.oldKey]).seal(secret, context: context)
    let sealed = try box.seal(secret, context: context)
    let renamed = sealed.prefix(1) + old[1..<5] + sealed.dropFirst(5)
    #expect(code { try box.open(Array(renamed), context: context) } == .altered)
  }

  @Test func aValueOfAnotherLengthIsRefused() throws {
    let box = try SecretBox(keys: [Self.newKey])
    let sealed = try box.seal(secret, context: context)
    for count in 0..<sealed.count {
      let expected: SecretBoxError.Code = count < 33 ? .malformed : .altered
      #expect(code { try box.open(Array(sealed.prefix(count)), context: context) } == expected)
    }
    #expect(code { try box.open(sealed + [0], context: context) } == .altered)
    let endless = sealed + bytes(0, times: SecretBox.maximumByteCount)
    #expect(code { try box.open(endless, context: context) } == .malformed)
    let tooLong = bytes(0, times: SecretBox.maximumByteCount + 1)
    #expect(code { try box.seal(tooLong, context: context) } == .tooLong)
  }

  @Test(arguments: [[], [bytes(1, times: 31)], [newKey, bytes(1, times: 33)], [newKey, []]])
  func unsuitableKeysAreRefused(keys: [[UInt8]]) {
    #expect(code { try SecretBox(keys: keys) } == .unsuitableKey)
  }

  @Test func neverShowsAKeyOrASecret() throws {
    let box = try SecretBox(keys: [bytes(115, times: 32)])
    var dumped = ""
    dump(box, to: &dumped)
    for text in ["\(box)", String(reflecting: box), dumped] {
      #expect(text.contains("hidden"))
      #expect(!text.contains("115, 115"))
    }
  }

  private func code(_ work: () throws -> some Any) -> SecretBoxError.Code? {
    #expect(throws: SecretBoxError.self) { _ = try work() }?.code
  }
}
