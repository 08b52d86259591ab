import FoundationEssentials
import HTTPTransport
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Signing
import Testing

/// Deliveries that are signed with the store's key, over the wire.
@Suite struct SignedDeliveryTests {
  /// The environment of a store whose webhooks have no secret.
  static let withoutSecret = ["SALEOR_WEBHOOK_SECRET": ""]

  @Test func everyRecordedDeliveryIsTakenOnceAndNoneThatWasChanged() async throws {
    let keySet = Array(
      try #require(FileManager.default.contents(atPath: "\(Recording.root)/Fixtures/jwks.json")))
    let recordings = try ["--sub-jws_", "--mf_", "--legacy-jws_"].flatMap(Recording.all)
    try #require(recordings.count == 141)
    // They were recorded for several Apps, so the store must not say which of them is Laurel's.
    let environment = Self.withoutSecret.merging(["SALEOR_TOKEN": "unknown-token"]) { $1 }
    try await TestShop.open(environment: environment) { shop async throws in
      await shop.sandbox.publish(keySet: keySet)
      var seen: Set<[UInt8]> = []
      for recording in recordings {
        let headers = recording.sentHeaders + [(name: "Saleor-Api-Url", value: shop.storeURL)]
        var changed = recording.body
        changed[changed.count / 2] ^= 1
        #expect(
          try await shop.post("/webhooks/saleor", changed, headers: headers).status == 401)
        let isUsed = RecordedDeliveryTests.used.contains { recording.name.contains("-\($0)--") }
        let isNew = seen.insert(recording.body).inserted
        for expected in [!isNew ? "duplicate" : isUsed ? "accepted" : "ignored", "duplicate"] {
          let answer = try await shop.post("/webhooks/saleor", recording.body, headers: headers)
          #expect(answer.status == 200, "\(recording.name)")
          #expect(answer.json["status"] == expected, "\(recording.name)")
        }
      }
      // 1879 and its six repeats are one.
      #expect(seen.count == 135)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 135)
      let scrape = try await Scrape(shop)
      #expect((scrape.value("laurel_late_deliveries_total") ?? 0) > 200)
    }
  }

  @Test func whatIsNoSignatureOfTheStoreIsRefusedAtItsStep() async throws {
    let signer = try SandboxSigner()
    try await TestShop.open(environment: Self.withoutSecret) { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      let body = Array(RefusalTests.order.utf8)
      let genuine = try signer.sign(body)
      let parts = genuine.split(separator: "..").map(String.init)
      try #require(parts.count == 2)
      let header = String(decoding: try #require(Base64URL.decode(parts[0].utf8)), as: UTF8.self)
      let with = { (part: String, other: String) in
        let changed = header.replacing(part, with: other)
        #expect(changed != header)
        return Base64URL.encode(Array(changed.utf8)) + ".." + parts[1]
      }
      let modulus = String(decoding: signer.keySet, as: UTF8.self)
      let table = [
        ("notDetached", try TestShop.signature(of: body)),
        ("notDetached", try TestShop.signature(of: body, secret: modulus)),
        ("notDetached", "\(parts[0]).\(Base64URL.encode(body)).\(parts[1])"),
        ("malformedText", "\(parts[0])=..\(parts[1])"),
        ("malformedText", "\(parts[0]).. \(parts[1])"),
        ("malformedHeader", with(#""alg":"RS256""#, #""alg":"RS256","alg":"RS256""#)),
        ("foreignKey", with(#""typ":"JWT""#, #""jku":"http://127.0.0.1/jwks.json""#)),
        ("wrongAlgorithm", with("RS256", "none")), ("wrongAlgorithm", with("RS256", "HS256")),
        ("encodedPayload", with("false", "true")),
        ("wrongCritical", with(#""crit":["b64"],"#, "")),
        ("wrongCritical", with(#"["b64"]"#, #"["b64","exp"]"#)),
        ("wrongSignature", try signer.sign(body + [0x20])),
        ("wrongSignature", with(#""typ":"JWT""#, #""typ":"JOSE""#)),
      ]
      for (step, signature) in table {
        shop.logLines.withLockedValue { $0 = [] }
        #expect(try await shop.deliver(body, signature: signature).status == 401, "\(step)")
        let lines = shop.logLines.withLockedValue { $0 }
        #expect(lines.contains { $0.contains("delivery refused") && $0.contains(step) }, "\(step)")
      }
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 0)
      #expect(try await shop.deliver(body, signature: genuine).status == 200)
    }
  }

  @Test func onceTheAppIsKnownADeliveryForAnotherOneIsRefused() async throws {
    let signer = try SandboxSigner()
    try await TestShop.open(environment: Self.withoutSecret) { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      let own = await shop.sandbox.app.id
      try await shop.eventually("the App's id is not learnt") {
        shop.logLines.withLockedValue { $0 }.contains {
          $0.contains("the App at the store") && $0.contains(own)
        }
      }
      let body = { (app: String) in
        Array(#"{"__typename": "OrderPaid", "recipient": {"id": "\#(app)"}}"#.utf8)
      }
      let foreign = body("QXBwOjk5OQ==")
      try await shop.eventually("what is for another App is taken") {
        try await shop.deliver(foreign, signature: signer.sign(foreign)).status == 401
      }
      #expect(try await shop.deliver(body(own), signature: signer.sign(body(own))).status == 200)
      // A webhook that was made by hand may not ask for its App.
      let unnamed = Array(RefusalTests.order.utf8)
      #expect(try await shop.deliver(unnamed, signature: signer.sign(unnamed)).status == 200)
    }
  }

  @Test func whileTheStoreDoesNotSayWhichAppIsOursDeliveriesForAllAreTaken() async throws {
    let signer = try SandboxSigner()
    let environment = Self.withoutSecret.merging(["SALEOR_TOKEN": "unknown-token"]) { $1 }
    try await TestShop.open(environment: environment) { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      try await shop.eventually("the store is not asked") {
        shop.logLines.withLockedValue { $0 }.contains { $0.contains("App's id cannot be asked") }
      }
      let body = Array(#"{"__typename": "OrderPaid", "recipient": {"id": "QXBwOjk5OQ=="}}"#.utf8)
      #expect(try await shop.deliver(body, signature: signer.sign(body)).status == 200)
    }
  }

  @Test func aSecretSaysEnoughAboutTheApp() async throws {
    try await TestShop.open { shop async throws in
      let body = Array(#"{"__typename": "OrderPaid", "recipient": {"id": "QXBwOjk5OQ=="}}"#.utf8)
      #expect(try await shop.deliver(body).status == 200)
      let asked = ["operation": "App", "outcome": "ok"]
      #expect(
        try await Scrape(shop).value("laurel_store_call_duration_seconds_count", asked) ?? 0 == 0)
    }
  }

  @Test func aStoreWithASecretSignsWithNoKey() async throws {
    let signer = try SandboxSigner()
    try await TestShop.open { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      let body = Array(RefusalTests.order.utf8)
      #expect(try await shop.deliver(body, signature: signer.sign(body)).status == 401)
      #expect(try await shop.count("SELECT count(*) FROM store_keys") == 0)
      #expect(try await shop.deliver(body).status == 200)
    }
  }

  @Test func whileTheKeysCannotBeHadTheStoreIsToComeAgain() async throws {
    let signer = try SandboxSigner()
    try await TestShop.open(environment: Self.withoutSecret) { shop async throws in
      let body = Array(RefusalTests.order.utf8)
      let signature = try signer.sign(body)
      for keySet in [nil, Array("no keys".utf8), Array(#"{"keys": []}"#.utf8)] {
        await shop.sandbox.publish(keySet: keySet)
        try await Self.letAMinutePass(shop)
        let answer = try await shop.deliver(body, signature: signature)
        #expect(answer.status == 503)
        #expect(answer.headers.first("Retry-After") != nil)
      }
      let notChecked = shop.logLines.withLockedValue { $0 }
        .filter { $0.contains("delivery not checked") }
      #expect(notChecked.count == 3)
      #expect(!notChecked.contains { $0.lowercased().contains("error delivery") }, "a warning")
      // Within the minute nothing is fetched, so that the right keys are not seen yet.
      await shop.sandbox.publish(keySet: signer.keySet)
      #expect(try await shop.deliver(body, signature: signature).status == 503)
      try await Self.letAMinutePass(shop)
      #expect(try await shop.deliver(body, signature: signature).status == 200)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 1)
    }
  }

  @Test func aRotationLosesNoDelivery() async throws {
    let signer = try SandboxSigner()
    try await TestShop.open(environment: Self.withoutSecret) { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      let isRotated = NIOLockedValueBox(false)
      let sent = NIOLockedValueBox(0)
      try await withThrowingTaskGroup { group in
        for lane in 0..<4 {
          group.addTask {
            var left = 10
            while left > 0 {
              if isRotated.withLockedValue({ $0 }) { left -= 1 }
              let number = sent.withLockedValue { count in
                count += 1
                return count
              }
              let order = "order-\(lane)-\(number)"
              let body = Array(
                #"{"__typename":"OrderConfirmed","order":{"id":"\#(order)"}}"#.utf8)
              // As the store does: the same bytes and signature until it is taken.
              let signature = try signer.sign(body)
              try await shop.eventually("\(order) is not taken") {
                let status = try await shop.deliver(body, signature: signature).status
                #expect(status == 200 || status == 503)
                return status == 200
              }
              try await Task.sleep(for: .milliseconds(20))
            }
          }
        }
        group.addTask {
          try await shop.eventually("nothing is delivered") {
            try await shop.count("SELECT count(*) FROM inbox") > 10
          }
          try signer.rotate()
          // The store's servers come up one by one: the key is used before it is published.
          try await Task.sleep(for: .milliseconds(100))
          await shop.sandbox.publish(keySet: signer.keySet)
          try await Self.letAMinutePass(shop)
          isRotated.withLockedValue { $0 = true }
        }
        try await group.waitForAll()
      }
      let count = sent.withLockedValue { $0 }
      #expect(try await shop.count("SELECT count(*) FROM inbox") == count)
      #expect(try await shop.count("SELECT count(*) FROM replaced_store_keys") == 1)
    }
  }

  /// Has the last fetch of keys begun a minute earlier.
  static func letAMinutePass(_ shop: TestShop) async throws {
    try await shop.pool.execute(
      "UPDATE store_keys SET tried_at = tried_at - interval '61 seconds'")
    // For a second the process believes what it has read.
    try await Task.sleep(for: .milliseconds(1100))
  }
}
