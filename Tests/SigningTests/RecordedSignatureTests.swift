import Signing
import Testing

@Suite struct RecordedSignatureTests {
  static let keyID = "fmxecOgjpS9VPkO6nR6a75jz87ttcSBcI6jcoOoxGos"

  let keys: JSONWebKeySet

  init() throws {
    keys = try JSONWebKeySet(json: try Deliveries.keySet())
  }

  @Test(arguments: [("--sub-jws_", 92), ("--mf_", 45), ("--legacy-jws_", 4)])
  func everyRecordedDeliveryIsAccepted(kind: String, count: Int) throws {
    let deliveries = try Deliveries.all(of: kind)
    #expect(deliveries.count == count)
    for delivery in deliveries {
      let signature = try DetachedSignature(compact: delivery.signature)
      #expect(signature.keyID == Self.keyID)
      #expect(throws: Never.self, "\(delivery.name)") {
        try signature.verify(body: delivery.body, keys: keys)
      }
    }
  }

  @Test(arguments: ["--sub-jws_", "--mf_", "--legacy-jws_"])
  func everyRecordedDeliveryIsRefusedWithOneByteChanged(kind: String) throws {
    for delivery in try Deliveries.all(of: kind) {
      for index in [0, delivery.body.count / 2, delivery.body.count - 1] {
        var body = delivery.body
        body[index] ^= 1
        #expect(refusal(of: delivery.signature, body: body, keys: keys) == .wrongSignature)
      }
      let parts = delivery.signature.split(separator: "..").map { Array($0.utf8) }
      try #require(parts.count == 2)
      for index in [0, parts[0].count / 2, parts[0].count - 1] {
        let changed = text(changing(parts[0], at: index)) + ".." + text(parts[1])
        #expect(refusal(of: changed, body: delivery.body, keys: keys) != nil)
      }
      for index in [0, parts[1].count / 2, parts[1].count - 2] {
        let changed = text(parts[0]) + ".." + text(changing(parts[1], at: index))
        #expect(refusal(of: changed, body: delivery.body, keys: keys) == .wrongSignature)
      }
      #expect(
        refusal(
          of: try renamed(parts[0], to: "g" + Self.keyID.dropFirst()) + ".." + text(parts[1]),
          body: delivery.body, keys: keys) == .unknownKey)
    }
  }

  @Test func everyOneBitChangeIsRefused() throws {
    let delivery = try #require(try Deliveries.all(of: "--mf_").first)
    let parts = delivery.signature.split(separator: "..").map(String.init)
    try #require(parts.count == 2)
    for bit in 0..<(delivery.body.count * 8) {
      let body = flipping(bit, of: delivery.body)
      #expect(refusal(of: delivery.signature, body: body, keys: keys) == .wrongSignature)
    }
    let signature = try #require(Base64URL.decode(parts[1].utf8))
    for bit in 0..<(signature.count * 8) {
      let changed = parts[0] + ".." + Base64URL.encode(flipping(bit, of: signature))
      #expect(refusal(of: changed, body: delivery.body, keys: keys) == .wrongSignature)
    }
    let header = try #require(Base64URL.decode(parts[0].utf8))
    for bit in 0..<(header.count * 8) {
      let changed = Base64URL.encode(flipping(bit, of: header)) + ".." + parts[1]
      #expect(refusal(of: changed, body: delivery.body, keys: keys) != nil)
    }
    for body in [delivery.body + [0x0a], delivery.body.dropLast(), []] {
      #expect(refusal(of: delivery.signature, body: body, keys: keys) == .wrongSignature)
    }
  }

  @Test func aSignatureNamingAnotherOfTheStoresKeysIsRefused() throws {
    let delivery = try #require(try Deliveries.all(of: "--sub-jws_").first)
    let parts = delivery.signature.split(separator: "..").map { Array($0.utf8) }
    let store = try StandInStore()
    let own = text(try Deliveries.keySet().dropLast(2))
    let both = try JSONWebKeySet(json: bytes(own + ", " + store.entry() + "]}"))
    #expect(refusal(of: delivery.signature, body: delivery.body, keys: both) == nil)
    #expect(
      refusal(
        of: try renamed(parts[0], to: "k1") + ".." + text(parts[1]), body: delivery.body, keys: both
      ) == .wrongSignature)
  }

  @Test func aSignatureOverTheEncodedBodyIsRefused() throws {
    let store = try StandInStore()
    let body = bytes(#"{"a": 1}"#)
    let encoded = bytes(Base64URL.encode(body))
    #expect(refusal(of: try store.sign(body: body), body: body, keys: try store.keys()) == nil)
    #expect(
      refusal(of: try store.sign(body: encoded), body: body, keys: try store.keys())
        == .wrongSignature)
  }

  @Test func oneKeySetServesManyTasksAtOnce() async throws {
    let keys = keys
    let deliveries = try Deliveries.all(of: "--mf_")
    let wrong = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          deliveries.count { delivery in
            refusal(of: delivery.signature, body: delivery.body, keys: keys) != nil
              || refusal(of: delivery.signature, body: delivery.body + [0], keys: keys) == nil
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  private func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }

  private func changing(_ text: [UInt8], at index: Int) -> [UInt8] {
    var changed = text
    changed[index] = text[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    return changed
  }

  private func flipping(_ bit: Int, of bytes: [UInt8]) -> [UInt8] {
    var changed = bytes
    changed[bit / 8] ^= 1 << (bit % 8)
    return changed
  }

  private func renamed(_ header: [UInt8], to keyID: String) throws -> String {
    let plain = text(try #require(Base64URL.decode(header)))
    let parts = plain.split(separator: Self.keyID, omittingEmptySubsequences: false)
    try #require(parts.count == 2)
    return Base64URL.encode(bytes(parts[0] + keyID + parts[1]))
  }
}
