import FoundationEssentials
import HTTPTransport
import Postgres
import Sandbox
import Signing

/// How fast orders that name a code come to a gift card that is active at the store.
struct RewardPart {
  /// What it works with.
  let bench: Bench

  /// How many orders wait when the workers start.
  private var count: Int { Int(600 * (bench.form.duration / .seconds(1))) }
  private static let rounds = 3
  /// How long the store takes for an answer, and how many calls are under way at once at best.
  private static let answer = Duration.milliseconds(50)
  private static let inFlight = 64.0
  /// The same for one order in an idle system.
  private static let quickAnswer = Duration.milliseconds(5)
  private static let idleOrders = 40

  /// Cards a second, with a store that takes its time.
  func figures() async throws -> [Figure] {
    var own = Series()
    var reference = Series()
    var calls = Series()
    for round in 1...Self.rounds {
      bench.say("gift cards, round \(round) of \(Self.rounds)")
      let outcome = try await issued()
      own.add(outcome.rate)
      calls.add(outcome.calls)
      reference.add(Self.inFlight / (outcome.calls * (Self.answer / .seconds(1))))
    }
    return [
      Figure(
        id: "gift_cards", name: "inbox to active gift card", unit: "cards/s", value: own,
        reference: (
          "64 / (\(Number.text(calls.median)) calls x 50 ms)", reference
        ), goal: .atLeast(0.95))
    ]
  }

  /// One round: fills the inbox, and lets the workers issue.
  /// - Parameter empties: whether the database is emptied before.
  func issued(empties: Bool = true) async throws -> (rate: Double, calls: Double) {
    let sandbox = bench.store.sandbox
    if empties { try await bench.database.empty() }
    try await bench.database.waitUntilRead()
    await sandbox.set(latency: .zero)
    let new = try await bench.load(count, .hmac, namesCode: true)
    let numbers = new.first..<new.first + count
    for number in numbers { try await place(new.body.bytes(number: number)) }
    try await bench.serving(.hmac, roles: "web") { _, port in
      try await makeCodes(numbers)
      let result = try await LoadRound.run(
        LoadPlan(port: port, warmUp: .zero, duration: .seconds(120)), new.load)
      try result.require(only: .accepted, of: "filling the inbox with codes")
    }
    try await bench.database.settle()
    let before = await sandbox.cards.count
    let callsBefore = await sandbox.calls
    await sandbox.set(latency: Self.answer)
    let outcome = try await bench.serving(.hmac, roles: "worker") { _, _ in
      try await Progress.watch("gift cards", total: count, every: .milliseconds(20)) {
        (await sandbox.cards.count - before, await sandbox.requests)
      }
    }
    await sandbox.set(latency: .zero)
    let calls = await sandbox.calls.map { name, calls in
      "\(name) \(Number.text(Double(calls - (callsBefore[name] ?? 0)) / Double(count)))"
    }
    bench.say("  calls for each card: \(calls.sorted().joined(separator: ", "))")
    try await removeOrders(new.body, numbers)
    return outcome
  }

  /// From the webhook to the card, one order at a time, in milliseconds.
  func idle() async throws -> [Figure] {
    bench.say("gift cards in an idle system")
    let sandbox = bench.store.sandbox
    try await bench.database.empty()
    let body = try OrderBody(repository: bench.repository, namesCode: true)
    let first = bench.takeNumbers(Self.idleOrders)
    let numbers = first..<first + Self.idleOrders
    let key = HMACKey(Array(Bench.secret.utf8))
    let transport = try HTTPTransport()
    var own = Series()
    var reference = Series()
    let result = await Swift.Result {
      try await bench.serving(.hmac) { _, port in
        try await makeCodes(numbers)
        await sandbox.set(latency: Self.quickAnswer)
        for number in numbers {
          let bytes = body.bytes(number: number)
          try await place(bytes)
          let cards = await sandbox.cards.count
          // What follows the card before has to be over.
          try await Task.sleep(for: .milliseconds(250))
          let answering = await sandbox.answering
          let start = ContinuousClock.now
          let response = try await transport.send(
            HTTPRequest(
              method: .post, url: "http://127.0.0.1:\(port)/webhooks/order-confirmed",
              headers: [
                ("Content-Type", "application/json"), ("Saleor-Event", "order_confirmed"),
                ("Saleor-Api-Url", bench.store.apiURL),
                ("Saleor-Signature", Hex.encode(try key.authenticate(bytes))),
              ], body: bytes, reach: .anywhere))
          guard response.status == 200 else {
            throw BenchFailure("a webhook was answered \(response.status)")
          }
          while await sandbox.cards.count == cards {
            guard ContinuousClock.now - start < .seconds(20) else {
              throw BenchFailure("no card came of an order")
            }
            try await Task.sleep(for: .microseconds(500))
          }
          own.add((ContinuousClock.now - start) / .milliseconds(1))
          // The card can be seen before its answer is counted, and the next takes 5 ms at least.
          try await Task.sleep(for: .milliseconds(2))
          reference.add((await sandbox.answering - answering) / .milliseconds(1))
        }
      }
    }
    await sandbox.set(latency: .zero)
    await transport.shutdown()
    try result.get()
    try await removeOrders(body, numbers)
    return [
      Figure(
        id: "idle", name: "webhook to active card, idle", unit: "ms", value: own,
        reference: ("sum of the store's answers, 5 ms each", reference), goal: .atMost(2))
    ]
  }

  private func place(_ body: [UInt8]) async throws {
    guard let order = SandboxOrder(recorded: body) else {
      throw BenchFailure("the capture has no order")
    }
    await bench.store.sandbox.put(order)
  }

  private func removeOrders(_ body: OrderBody, _ numbers: Range<Int>) async throws {
    for number in numbers {
      guard let order = SandboxOrder(recorded: body.bytes(number: number)) else { continue }
      await bench.store.sandbox.remove(order: order.id)
    }
  }

  /// Gives each order's code a referrer of its own, who has been told of it long ago.
  private func makeCodes(_ numbers: Range<Int>) async throws {
    try await bench.database.pool.execute(
      """
      INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email,
        announced_at, announce_at)
      SELECT (SELECT min(id) FROM stores), made.code,
        encode(('User:' || made.number)::bytea, 'base64'),
        'alice' || made.number || '@example.com', now(), NULL
      FROM unnest(\(numbers.map { OrderBody.code(number: $0) }), \(Array(numbers)))
        AS made (code, number)
      """)
  }
}
