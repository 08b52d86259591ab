import FoundationEssentials
import Testing

@testable import Sandbox

/// The stand-in store against recordings of a real one: same request, same situation, same answer.
@Suite struct RecordedAnswerTests {
  private func store() -> SandboxStore { SandboxStore(now: { recordedDay }) }

  @Test(arguments: [
    "giftCardCreate-ok-explicit-code", "giftCardCreate-ok-full",
    "giftCardCreate-ACCEPTED-amount-as-string", "giftCardCreate-err-assignedTo-unknown",
    "giftCardCreate-err-code-17-chars", "giftCardCreate-err-code-short",
    "giftCardCreate-err-email-without-channel", "giftCardCreate-err-empty-metadata-key",
    "giftCardCreate-err-expiry-past", "giftCardCreate-err-expiry-today",
    "giftCardCreate-err-invalid-email", "giftCardCreate-err-long-currency",
    "giftCardCreate-err-long-tag", "giftCardCreate-err-missing-balance",
    "giftCardCreate-err-missing-isActive", "giftCardCreate-err-negative-amount",
    "giftCardCreate-err-too-precise-amount", "giftCardCreate-err-zero-amount",
    "two-mutations-one-document-second-fails", "giftCards-filter-code-miss", "order-by-id-missing",
    "giftCard-by-id-missing", "giftCard-by-id-wrong-type",
    "user-missing",
    "channels", "app-self-good", "shop-schemaVersion-anonymous", "malformed-query", "unknown-field",
    "pagination-missing", "pagination-over-100", "alias-limit", "mutation-count-limit",
    "raw-bad-content-type", "raw-batch", "raw-empty", "raw-no-query", "raw-not-json",
  ])
  func anEmptyStoreAnswersAsRecorded(_ name: String) async throws {
    try await withRunning(store()) { running in try await running.expectRecorded(name) }
  }

  @Test(arguments: [
    ("auth-bad-token", "wrong"), ("auth-bad-token-giftCardCreate", "wrong"), ("auth-no-token", nil),
    ("app-self-bad", "wrong"), ("shop-version-anonymous", nil),
    ("shop-schemaVersion-anonymous", nil),
  ])
  func aTokenThatDoesNotWorkIsAnsweredAsRecorded(_ name: String, bearer: String?) async throws {
    try await withRunning(store()) { running in
      try await running.expectRecorded(name, bearer: bearer)
    }
  }

  @Test(arguments: ["auth-missing-permission-giftCardCreate", "auth-missing-permission-query"])
  func aMissingPermissionIsAnsweredAsRecorded(_ name: String) async throws {
    try await withRunning(store()) { running in
      await running.store.remove(permission: "MANAGE_GIFT_CARD")
      try await running.expectRecorded(name)
    }
  }

  @Test func aCardIsFoundRefusedASecondTimeAndUpdatedAsRecorded() async throws {
    try await withRunning(store()) { running in
      try await running.expectRecorded("giftCardCreate-ok-full")
      try await running.expectRecorded("giftCardCreate-ok-explicit-code")
      try await running.expectRecorded("giftCardCreate-err-duplicate-code")
      try await running.expectRecorded("giftCards-filter-code-hit")
      try await running.expectRecorded("giftCards-filter-metadata-private")
      let full = try #require(await running.store.cards.first)
      let recording = try Recording("giftCards-filter-metadata-public")
      let answer = try await running.client.send(
        headers: RunningStore.headers(bearer: "sandbox-token"), body: recording.requestBody())
      #expect(
        Normaliser(drawsCode: false).text(answer.body)
          == Normaliser(drawsCode: false).text(
            recording.body.replacing("3A40-98B0-A1BE", with: full.code)))
      try await running.expectRecorded("giftCardUpdate-ok", variables: ["id": .string(full.id)])
      #expect(await running.store.card(code: full.code)?.currentBalance == Decimal(string: "12.25"))
    }
  }

  @Test func aCardForOneCustomerIsMadeAsRecorded() async throws {
    try await withRunning(store()) { running in
      await running.store.put(SandboxCustomer(number: 47, email: "alice@example.com"))
      try await running.expectRecorded("giftCardCreate-ok-assignedTo")
      await running.store.remove(customer: .globalID("User", "47"))
      #expect(await running.store.cards.map(\.isActive) == [false])
      try await running.expectRecorded(
        "giftCardCreate-err-assignedTo-unknown")
    }
  }

  @Test func aLetterLeavesItsTraceInTheHistoryOnlyAndOnlyWithThePlugin() async throws {
    try await withRunning(store()) { running in
      _ = try await running.create(code: "MAILTEST-0000005")
      let id = try #require(await running.store.cards.first?.id)
      for name in ["giftCardResend-ok", "giftCardResend-no-email"] {
        let recorded = try Recording(name).request["variables"]["input"]
        var input = recorded
        input["id"] = .string(id)
        for sendsMail in [false, true] {
          await running.store.set(sendsMail: sendsMail)
          try await running.expectRecorded(name, variables: ["input": input])
          let letters = await running.store.cards[0].events.filter { $0.type == "RESENT" }
          #expect(
            letters.map(\.email)
              == (sendsMail || name != "giftCardResend-ok" ? ["alice@example.com"] : []))
        }
      }
      await running.store.change(card: id) { $0.events.removeLast() }
      await running.store.noteLetter("SENT_TO_CUSTOMER", card: id, to: "alice@example.com")
      try await running.expectRecorded("giftCard-events-after-email-sent")
      await running.store.noteLetter(card: id, to: "alice@example.com")
      try await running.expectRecorded("giftCard-events-after-resend")
    }
  }

  @Test func anOrderIsAnsweredAsRecordedWithAndWithoutPermissions() async throws {
    let recording = try Recording("order-by-id")
    let body = try JSONParser.parse(Array(recording.body.utf8))
    let order = try #require(SandboxOrder(recorded: body["data"]["order"].bytes()))
    try await withRunning(store()) { running in
      await running.store.put(order)
      try await running.expectRecorded("order-by-id")
      await running.store.set(permissions: [])
      try await running.expectRecorded("auth-missing-permission-field-partial")
    }
  }

  @Test(arguments: [
    ("db-down-giftCardCreate", "giftCardCreate"), ("db-down-query", "giftCards"),
    ("db-down-shop", "shop"),
  ])
  func aLostDatabaseIsAnsweredAsRecorded(_ name: String, field: String) async throws {
    try await withRunning(store()) { running in
      await running.store.inject([.httpStatus(500)], on: field)
      try await running.expectRecorded(name)
      #expect(await running.store.cards.isEmpty)
    }
  }

  @Test func otherPathsMethodsAndHugeBodiesAreRefused() async throws {
    try await withRunning(store()) { running in
      let headers = RunningStore.headers(bearer: "sandbox-token")
      let body = Array("{\"query\":\"{shop{name}}\"}".utf8)
      let withoutSlash = try await running.client.send(
        path: "/graphql", headers: headers, body: body)
      #expect(withoutSlash.status == 404)
      #expect(withoutSlash.contentType == "text/html; charset=utf-8")
      let put = try await running.client.send(method: "PUT", headers: headers, body: body)
      #expect(put.status == 405)
      let huge = try await running.client.send(
        headers: headers,
        body: [UInt8](repeating: 0x20, count: SandboxResponder.maximumBodyBytes + 1))
      #expect(huge.status == 413)
    }
  }
}
