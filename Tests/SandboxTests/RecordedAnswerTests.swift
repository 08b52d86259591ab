import FoundationEssentials
import Testing

@testable import Sandbox

/// The stand-in store against recordings of a real one: same request, same situation, same answer.
@Suite struct RecordedAnswerTests {
  private func store() -> SandboxStore { SandboxStore(now: { recordedDay }) }

  /// Replays a recorded request and compares status, content type and body.
  private func expectRecorded(
    _ name: String, of running: RunningStore, bearer: String? = "sandbox-token",
    variables: [String: JSONValue] = [:]
  ) async throws {
    let recording = try Recording(name)
    var headers = RunningStore.headers(bearer: bearer)
    headers[0].1 = recording.request["headers"]["Content-Type"].asString ?? headers[0].1
    let answer = try await running.client.send(
      headers: headers, body: recording.requestBody(variables: variables))
    let normaliser = Normaliser(drawsCode: recording.drawsCode)
    #expect(answer.status == recording.status, "\(name)")
    #expect(answer.contentType == recording.contentType, "\(name)")
    #expect(normaliser.text(answer.body) == normaliser.text(recording.body), "\(name)")
  }

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
    "channels", "app-self-good", "shop-schemaVersion-anonymous", "malformed-query", "unknown-field",
    "pagination-missing", "pagination-over-100", "alias-limit", "mutation-count-limit",
    "raw-bad-content-type", "raw-batch", "raw-empty", "raw-no-query", "raw-not-json",
  ])
  func anEmptyStoreAnswersAsRecorded(_ name: String) async throws {
    try await withRunning(store()) { running in try await expectRecorded(name, of: running) }
  }

  @Test(arguments: [
    ("auth-bad-token", "wrong"), ("auth-bad-token-giftCardCreate", "wrong"), ("auth-no-token", nil),
    ("app-self-bad", "wrong"), ("shop-version-anonymous", nil),
    ("shop-schemaVersion-anonymous", nil),
  ])
  func aTokenThatDoesNotWorkIsAnsweredAsRecorded(_ name: String, bearer: String?) async throws {
    try await withRunning(store()) { running in
      try await expectRecorded(name, of: running, bearer: bearer)
    }
  }

  @Test(arguments: ["auth-missing-permission-giftCardCreate", "auth-missing-permission-query"])
  func aMissingPermissionIsAnsweredAsRecorded(_ name: String) async throws {
    try await withRunning(store()) { running in
      await running.store.remove(permission: "MANAGE_GIFT_CARD")
      try await expectRecorded(name, of: running)
    }
  }

  @Test func aCardIsFoundRefusedASecondTimeAndUpdatedAsRecorded() async throws {
    try await withRunning(store()) { running in
      try await expectRecorded("giftCardCreate-ok-full", of: running)
      try await expectRecorded("giftCardCreate-ok-explicit-code", of: running)
      try await expectRecorded("giftCardCreate-err-duplicate-code", of: running)
      try await expectRecorded("giftCards-filter-code-hit", of: running)
      try await expectRecorded("giftCards-filter-metadata-private", of: running)
      let full = try #require(await running.store.cards.first)
      let recording = try Recording("giftCards-filter-metadata-public")
      let answer = try await running.client.send(
        headers: RunningStore.headers(bearer: "sandbox-token"), body: recording.requestBody())
      #expect(
        Normaliser(drawsCode: false).text(answer.body)
          == Normaliser(drawsCode: false).text(
            recording.body.replacing("3A40-98B0-A1BE", with: full.code)))
      try await expectRecorded(
        "giftCardUpdate-ok", of: running, variables: ["id": .string(full.id)])
      #expect(await running.store.card(code: full.code)?.currentBalance == Decimal(string: "12.25"))
    }
  }

  @Test func anOrderIsAnsweredAsRecordedWithAndWithoutPermissions() async throws {
    let recording = try Recording("order-by-id")
    let body = try JSONParser.parse(Array(recording.body.utf8))
    let order = try #require(SandboxOrder(recorded: body["data"]["order"].bytes()))
    try await withRunning(store()) { running in
      await running.store.put(order)
      try await expectRecorded("order-by-id", of: running)
      await running.store.set(permissions: [])
      try await expectRecorded("auth-missing-permission-field-partial", of: running)
    }
  }

  @Test(arguments: [
    ("db-down-giftCardCreate", "giftCardCreate"), ("db-down-query", "giftCards"),
    ("db-down-shop", "shop"),
  ])
  func aLostDatabaseIsAnsweredAsRecorded(_ name: String, field: String) async throws {
    try await withRunning(store()) { running in
      await running.store.inject([.httpStatus(500)], on: field)
      try await expectRecorded(name, of: running)
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
