import Signing
import Testing

@Suite struct WebhookSecretsTests {
  let secrets = WebhookSecrets(["referral-secret-1"])

  @Test(arguments: ["--sub-hmac_", "--legacy-hmac_"])
  func acceptsEveryRecordedDelivery(kind: String) throws {
    let deliveries = try Deliveries.all(of: kind)
    #expect(deliveries.count >= 20)
    for delivery in deliveries {
      #expect(
        try unsafe secrets.accept(signature: delivery.signature, of: delivery.body.span.bytes),
        "\(delivery.name)")
    }
  }

  @Test func refusesEveryOneBitChangeOfTheSignature() throws {
    let delivery = try #require(try Deliveries.all(of: "--sub-hmac_").first)
    let signature = hex(delivery.signature)
    for bit in 0..<(signature.count * 8) {
      var changed = signature
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!(try accepts(Hex.encode(changed), delivery.body)))
    }
  }

  @Test func refusesEveryOneBitChangeOfTheBody() throws {
    let delivery = try #require(try Deliveries.all(of: "--sub-hmac_").first)
    for bit in 0..<(delivery.body.count * 8) {
      var changed = delivery.body
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!(try accepts(delivery.signature, changed)))
    }
    #expect(!(try accepts(delivery.signature, delivery.body + [0x0a])))
    #expect(!(try accepts(delivery.signature, delivery.body.dropLast())))
  }

  @Test func refusesEveryOtherSpelling() throws {
    let body = bytes("{}")
    let right = Hex.encode(try HMACKey(bytes("referral-secret-1")).authenticate(body))
    #expect(try accepts(right, body))
    let others = [
      "", " ", right.uppercased(), " " + right, right + " ", right + "\n", "sha256=" + right,
      String(right.dropLast()), right + "0", right + right, "0x" + right.dropFirst(2),
      right.dropLast() + "g", right.dropLast() + "é", right.dropLast(2) + "é",
      String(repeating: "0", count: 64), String(repeating: "\0", count: 64),
    ]
    for other in others {
      #expect(!(try accepts(other, body)), "\(other)")
    }
  }

  @Test func acceptsEverySecretInTheList() throws {
    let body = bytes("{\"a\":1}")
    let list = WebhookSecrets(["new", "", "old", "schlüssel"])
    for secret in ["new", "old", "schlüssel"] {
      let signature = Hex.encode(try HMACKey(bytes(secret)).authenticate(body))
      #expect(try unsafe list.accept(signature: signature, of: body.span.bytes))
    }
    let foreign = Hex.encode(try HMACKey(bytes("other")).authenticate(body))
    #expect(!(try unsafe list.accept(signature: foreign, of: body.span.bytes)))
  }

  @Test(arguments: [[], [""], ["", ""]])
  func acceptsNothingWithoutASecret(secrets: [String]) throws {
    let body = bytes("{}")
    let signature = Hex.encode(try HMACKey([]).authenticate(body))
    let list = WebhookSecrets(secrets)
    #expect(!(try unsafe list.accept(signature: signature, of: body.span.bytes)))
  }

  @Test func neverShowsASecret() {
    var dumped = ""
    dump(secrets, to: &dumped)
    for text in ["\(secrets)", String(reflecting: secrets), dumped] {
      #expect(text.contains("hidden"))
      #expect(!text.contains("referral"))
      #expect(!text.contains("114"))
    }
  }

  private func accepts(_ signature: String, _ body: [UInt8]) throws -> Bool {
    try unsafe secrets.accept(signature: signature, of: body.span.bytes)
  }
}
