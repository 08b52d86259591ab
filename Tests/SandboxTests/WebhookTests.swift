import FoundationEssentials
import NIOConcurrencyHelpers
import Testing

@testable import Sandbox

/// Webhooks: the recorded bytes, the store's retries, and the record of both.
@Suite struct WebhookTests {
  private struct ConnectionRefused: Error {}

  /// Answers with each status in turn, 0 for no answer; the last one for ever.
  private final class Receiver: Sendable {
    private let received = NIOLockedValueBox<[SandboxDelivery]>([])
    private let statuses: [Int]

    var deliveries: [SandboxDelivery] { received.withLockedValue { $0 } }

    init(_ statuses: [Int]) { self.statuses = statuses }

    func receive(_ delivery: SandboxDelivery) throws -> Int {
      let number = received.withLockedValue { list in
        list.append(delivery)
        return list.count
      }
      let status = statuses[min(number, statuses.count) - 1]
      if status == 0 { throw ConnectionRefused() }
      return status
    }
  }

  private func webhooks(
    _ receiver: Receiver, timeScale: Double = 0.0001,
    sign: @escaping @Sendable ([UInt8]) throws -> String = { "signature-of-\($0.count)" },
    now: Date = recordedDay
  ) -> SandboxWebhooks {
    var settings = SandboxWebhooks.Settings(
      targetURL: "http://127.0.0.1:8899/sub-hmac/order", domain: "127.0.0.1:8800",
      apiURL: "http://127.0.0.1:8800/graphql/")
    settings.customHeaders = [("X-Referral-Tenant", "tenant-1"), ("Authorization-Referral", "abc")]
    settings.timeScale = timeScale
    return SandboxWebhooks(
      app: SandboxApp(), settings: settings, sign: sign,
      deliver: { try receiver.receive($0) }, now: { now })
  }

  @Test(arguments: [
    ("0024-order_fully_paid--sub-hmac_order", SandboxEvent.orderFullyPaid, 1_795_247_995.990519),
    ("0101-order_created--sub-hmac_order", .orderCreated, 1_795_248_154.657250),
  ])
  func aRecordedOrderIsSentAsTheRecordedRequest(
    _ name: String, event: SandboxEvent, issuedAt: Double
  ) async throws {
    let body = try Fixture.bytes("deliveries/\(name).body")
    let head = String(decoding: try Fixture.bytes("deliveries/\(name).headers"), as: UTF8.self)
    let lines = head.split(separator: "\r\n").map(String.init)
    let signature = try #require(
      lines.first { $0.hasPrefix("Saleor-Signature: ") }?.dropFirst(18))
    let receiver = Receiver([200])
    let webhooks = webhooks(
      receiver, sign: { $0 == body ? String(signature) : "other bytes" },
      now: Date(timeIntervalSince1970: issuedAt))
    let order = try #require(SandboxOrder(recorded: body))
    let principal = try JSONParser.parse(body)["issuingPrincipal"]
    let record = try await webhooks.send(event, order: order, principal: principal)
    let sent = try #require(receiver.deliveries.first)
    #expect(sent.body == body)
    #expect(
      ["POST /sub-hmac/order HTTP/1.1"] + sent.headers.map { "\($0.name): \($0.value)" } == lines)
    #expect(sent.url == "http://127.0.0.1:8899/sub-hmac/order")
    #expect(record.outcome == .delivered && record.attempts.map(\.status) == [200])
    #expect(record.subjectID == order.id)
  }

  @Test func aMadeOrderHasTheRecordedShape() async throws {
    func shape(_ value: JSONValue) -> [String] {
      (value.asObject?.members ?? []).flatMap { member in
        [member.name] + shape(member.value).map { "\(member.name).\($0)" }
      }
    }
    let recorded = try JSONParser.parse(
      try Fixture.bytes("deliveries/0101-order_created--sub-hmac_order.body"))
    let receiver = Receiver([204])
    let order = SandboxOrder.unpaid(
      number: 30, total: 40, email: "bob.ref@example.com", userID: "VXNlcjo0Ng==",
      metadata: ["ref_code": "ALICE10"])
    try await webhooks(receiver).send(
      .orderCreated, order: order, principal: recorded["issuingPrincipal"])
    let sent = try #require(receiver.deliveries.first)
    let body = try JSONParser.parse(sent.body)
    #expect(shape(body) == shape(recorded))
    for field in [
      "status", "statusDisplay", "origin", "isPaid", "paymentStatus", "chargeStatus", "total",
      "totalCharged", "totalBalance", "channel", "userEmail",
    ] { #expect(body["order"][field] == recorded["order"][field], "\(field)") }
  }

  @Test(arguments: [200, 201, 299])
  func everySuccessEndsTheDelivery(_ status: Int) async throws {
    let record = try await webhooks(Receiver([status])).send(
      .orderPaid, order: .paid(number: 1, total: 5, email: "a@example.com"))
    #expect(record.outcome == .delivered && record.attempts.count == 1)
  }

  @Test(arguments: [301, 400, 401, 404, 413, 429, 499])
  func redirectsAndClientErrorsAreNeverRetried(_ status: Int) async throws {
    let record = try await webhooks(Receiver([status, 200])).send(
      .orderPaid, order: .paid(number: 1, total: 5, email: "a@example.com"))
    #expect(record.outcome == .failed && record.attempts.map(\.status) == [status])
  }

  @Test(arguments: [[500], [0], [503, 0]])
  func serverErrorsAndSilenceAreRetriedFiveTimes(_ statuses: [Int]) async throws {
    let receiver = Receiver(statuses)
    let webhooks = webhooks(receiver)
    let record = try await webhooks.send(
      .orderFullyPaid, order: .paid(number: 1, total: 5, email: "a@example.com"))
    #expect(record.outcome == .failed)
    #expect(record.attempts.map(\.waited) == [0, 10, 20, 40, 80, 160].map { .seconds($0) })
    let deliveries = receiver.deliveries
    #expect(deliveries.count == 6)
    #expect(Set(deliveries.map(\.body)).count == 1)
    #expect(Set(deliveries.map { $0.header("saleor-signature") }).count == 1)
    #expect(await webhooks.log.count == 1)
  }

  @Test func aRetryThatSucceedsEndsTheDelivery() async throws {
    let record = try await webhooks(Receiver([500, 0, 200])).send(
      .orderFullyPaid, order: .paid(number: 1, total: 5, email: "a@example.com"))
    #expect(record.outcome == .delivered)
    #expect(record.attempts.map(\.status) == [500, nil, 200])
    #expect(record.attempts[1].failure == "ConnectionRefused()")
  }

  @Test func theSameBytesCanBeSentAgain() async throws {
    let receiver = Receiver([404, 200])
    let webhooks = webhooks(receiver)
    let failed = try await webhooks.send(
      .orderCancelled, order: .paid(number: 1, total: 5, email: "a@example.com"))
    let again = await webhooks.sendAgain(failed)
    #expect(again.outcome == .delivered)
    #expect(again.delivery.body == failed.delivery.body)
    #expect(await webhooks.log.map(\.outcome) == [.failed, .delivered])
  }

  @Test func aStoppedStoreAbandonsItsRetries() async throws {
    let receiver = Receiver([500])
    let webhooks = webhooks(receiver, timeScale: 1)
    let sending = Task {
      try await webhooks.send(
        .orderPaid, order: .paid(number: 1, total: 5, email: "a@example.com"))
    }
    let deadline = ContinuousClock.now + .seconds(10)
    while receiver.deliveries.isEmpty, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    sending.cancel()
    let record = try await sending.value
    #expect(record.outcome == .abandoned && record.attempts.count == 1)
  }

  @Test func aBodyThatCannotBeSignedIsNotSent() async throws {
    struct NoKey: Error {}
    let receiver = Receiver([200])
    await #expect(throws: NoKey.self) {
      try await webhooks(receiver, sign: { _ in throw NoKey() }).send(
        .orderPaid, order: .paid(number: 1, total: 5, email: "a@example.com"))
    }
    #expect(receiver.deliveries.isEmpty)
  }

  @Test func eventNamesAreThoseOfTheRecordings() throws {
    #expect(SandboxEvent.orderFullyPaid.typeName == "OrderFullyPaid")
    for name in try Fixture.names("deliveries")
    where name.contains("--sub-hmac_order") && name.hasSuffix(".body") {
      let event = try #require(
        SandboxEvent(rawValue: String(name.dropFirst(5).prefix { $0 != "-" })), "\(name)")
      let body = try JSONParser.parse(try Fixture.bytes("deliveries/\(name)"))
      #expect(body["__typename"].asString == event.typeName)
    }
  }
}
