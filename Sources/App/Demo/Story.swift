import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import Sandbox
import Signing

/// The story that the demo tells: a code, an order, a gift card, a repeat, and a refusal.
struct Story: Sendable {
  let laurel: Laurel
  let configuration: Configuration
  let connectionString: String
  let sandbox: SandboxStore
  let webhookSecret: String

  /// What a step expected and did not find.
  private struct Broken: Error {
    let what: String
  }

  /// Where the service listens.
  func laurelURL() async -> String {
    "http://\(configuration.host):\(await laurel.boundPort.value() ?? configuration.port)"
  }

  /// Tells the story line by line.
  /// - Returns: whether every step held.
  func tell() async throws -> Bool {
    let transport = try HTTPTransport()
    let pool = try Pool(PostgresConfiguration(connectionString: connectionString, poolSize: 2))
    var held = false
    do {
      try await tell(transport, pool)
      held = true
    } catch let broken as Broken {
      Terminal.say("  DOES NOT HOLD: \(broken.what)")
    } catch {
      Terminal.say(Task.isCancelled ? "  Interrupted." : "  DOES NOT HOLD: \(error)")
    }
    await transport.shutdown()
    await pool.close()
    return held
  }

  private func tell(_ transport: HTTPTransport, _ pool: Pool) async throws {
    guard let store = configuration.store else { throw Broken(what: "no store") }
    let url = await laurelURL()
    let storeID = try await StoreRepository(pool).connect(store.address)
    let webhooks = try await sender(transport, url)
    Terminal.say("Laurel listens on \(url), the sandbox store on \(store.address).\n")

    Terminal.say("1. Alice wants to invite friends. The shop asks Laurel for her code.")
    await sandbox.put(SandboxCustomer(number: 1, email: "alice@example.com"))
    let (status, code) = try await issueCode(transport, url)
    try check(status == 201 || status == 200, "POST /codes/issue answered \(status)")
    Terminal.say("   \(status == 201 ? "A new code" : "She has one already"): \(code)\n")

    Terminal.say("2. A friend buys with it. The store posts its signed webhook.")
    let friend = "friend-\(Int.random(in: 100_000...999_999))@example.com"
    let order = SandboxOrder.paid(
      number: Int.random(in: 1000...9999), total: 49, email: friend,
      metadata: [Order.referralCodeKey: " \(code.lowercased()) "])
    await sandbox.put(order)
    let first = try await webhooks.send(.orderConfirmed, order: order)
    try check(first.outcome == .delivered, "the webhook was not accepted")
    Terminal.say(
      "   Order \(order.number) over 49 USD: accepted, and committed before the answer.\n")

    Terminal.say("3. Laurel reads the order back from the store, asks its rules, and pays.")
    let reward = try await issuedReward(pool, storeID, order)
    let cards = await sandbox.cards.filter { $0.id == reward.giftCardID }
    guard let card = cards.first, cards.count == 1 else {
      throw Broken(what: "the store has \(cards.count) cards for the order")
    }
    try check(card.initialBalance == 10 && card.currency == "USD" && card.isActive, "wrong card")
    Terminal.say(
      "   Approved. Gift card ...\(card.code.suffix(4)) over \(card.initialBalance) "
        + "\(card.currency) exists at the store and is active.\n")

    Terminal.say("4. The store sends the same delivery again, as stores do.")
    let again = await webhooks.sendAgain(first)
    try check(again.outcome == .delivered, "the repeat was not accepted")
    try await Task.sleep(for: .seconds(1))
    let count = await sandbox.cards(
      metadataKey: "laurel.reward_id", value: reward.id.uuidString.lowercased()
    ).count
    let rewards = try await RewardRepository(pool).find(store: storeID, orderID: order.id).count
    try check(count == 1 && rewards == 1, "the repeat made another reward")
    Terminal.say("   Answered as a duplicate. Still one reward and one card.\n")

    Terminal.say("5. Alice tries her own code.")
    let own = SandboxOrder.paid(
      number: Int.random(in: 1000...9999), total: 30, email: "Alice@Example.com",
      userID: "VXNlcjox", metadata: [Order.referralCodeKey: code])
    await sandbox.put(own)
    try await webhooks.send(.orderFullyPaid, order: own)
    let refusal = try await settled(pool, storeID, own)
    try check(
      refusal.state == "rejected" && refusal.rule == "self_referral",
      "the order was \(refusal.state)")
    let none = try await RewardRepository(pool).find(store: storeID, orderID: own.id)
    try check(none.isEmpty, "a reward was written")
    Terminal.say("   Refused by \(refusal.rule ?? "?"): \(refusal.reason ?? "?").\n")
    Terminal.say("Every step held.")
  }

  private func check(_ holds: Bool, _ what: String) throws {
    guard holds else { throw Broken(what: what) }
  }

  private func sender(_ transport: HTTPTransport, _ url: String) async throws -> SandboxWebhooks {
    let key = HMACKey(Array(webhookSecret.utf8))
    return SandboxWebhooks(
      app: SandboxApp(),
      settings: .init(
        targetURL: "\(url)/webhooks/order-confirmed", domain: await sandbox.domain,
        apiURL: configuration.store?.address.canonical ?? ""),
      sign: { Hex.encode(try key.authenticate($0)) },
      deliver: { delivery in
        // libcurl writes these two itself.
        let headers = delivery.headers.filter { $0.name != "Content-Length" && $0.name != "Host" }
        return try await transport.send(
          HTTPRequest(
            method: .post, url: delivery.url, headers: headers, body: delivery.body,
            connectTimeout: delivery.connectTimeout, totalTimeout: delivery.readTimeout,
            reach: .anywhere)
        ).status
      })
  }

  private func issueCode(
    _ transport: HTTPTransport, _ url: String
  ) async throws -> (status: Int, code: String) {
    struct Answer: Decodable { let code: String }
    let response = try await transport.send(
      HTTPRequest(
        method: .post, url: "\(url)/codes/issue",
        headers: [
          ("Content-Type", "application/json"), ("Authorization", "Bearer \(laurel.adminKey)"),
        ],
        body: Array(#"{"user_id": "VXNlcjox", "email": "alice@example.com"}"#.utf8),
        reach: .anywhere))
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
      throw Broken(what: "POST /codes/issue answered \(response.status)")
    }
    return (response.status, answer.code)
  }

  /// Waits for the reward of an order to exist at the store.
  private func issuedReward(
    _ pool: Pool, _ store: StoreID, _ order: SandboxOrder
  ) async throws -> RewardRepository.Standing {
    try await eventually("the gift card did not come") {
      try await RewardRepository(pool).find(store: store, orderID: order.id)
        .first { $0.giftCardID != nil }
    }
  }

  /// Waits for the decision on an order.
  private func settled(
    _ pool: Pool, _ store: StoreID, _ order: SandboxOrder
  ) async throws -> ReferralRepository.Standing {
    try await eventually("the order was not decided") {
      let standing = try await ReferralRepository(pool).find(store: store, orderID: order.id)
      return standing?.state == "tracked" ? nil : standing
    }
  }

  private func eventually<Value>(
    _ otherwise: String, _ look: () async throws -> Value?
  ) async throws -> Value {
    for _ in 0..<300 {
      if let value = try await look() { return value }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Broken(what: otherwise)
  }
}
