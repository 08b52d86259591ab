import Domain
import FoundationEssentials
import HTTPTransport
import Postgres
import SaleorAPI
import Sandbox
import Signing
import Work

/// Places orders at the store and sends their webhooks to whichever Laurel is up, again after every
/// 5xx and every missing answer, as a store does.
struct Traffic: Sendable {
  /// A delivery could not be brought in.
  struct GivenUp: Error, CustomStringConvertible {
    let description: String
  }

  /// How often one delivery is tried; with the waits in between for about two minutes.
  private static let maximumAttempts = 80

  /// The code that the orders name.
  static let code = "ALICE10"

  let shop: CrashShop
  /// The processes; each delivery goes to one of them.
  let keepers: [Keeper]

  private static let number = Counter()

  /// Counts from 1.
  private actor Counter {
    private var value = 0

    func next() -> Int {
      value += 1
      return value
    }
  }

  // MARK: Orders

  /// Gives Alice the code that the orders name.
  func issueAlicesCode() async throws {
    try await issueCode(user: "VXNlcjox", email: "alice@example.com", wished: Self.code)
  }

  /// Asks for a code of another customer, whom nobody else has asked for.
  func issueAnotherCode() async throws {
    let number = await Self.number.next()
    try await issueCode(
      user: .globalID("User", "\(1_000_000 + number)"), email: "referrer\(number)@example.com",
      wished: nil)
  }

  private func issueCode(user: String, email: String, wished: String?) async throws {
    var body = #"{"user_id": "\#(user)", "email": "\#(email)""#
    if let wished { body += #", "code": "\#(wished)""# }
    try await post(
      "/codes/issue", Array((body + "}").utf8),
      headers: [("Authorization", "Bearer \(CrashShop.adminKey)")])
  }

  /// A paid order for which rewards are due, of a buyer of its own, of this campaign or of any. It
  /// stands at the store, and nobody has told Laurel of it.
  func placeDueOrder(_ campaign: CrashCampaign? = nil) async -> SandboxOrder {
    let campaign = campaign ?? shop.campaigns.randomElement() ?? .standard
    let order = await newOrder(isPaid: true, campaign)
    await shop.sandbox.put(order)
    await shop.book.enter(order, campaign)
    return order
  }

  /// Two orders of one buyer: the first is due and stands at the store, the second comes later and
  /// earns nothing. Nobody has told Laurel of them.
  func placeTwins() async -> (first: SandboxOrder, second: SandboxOrder) {
    let number = await Self.number.next()
    let email = "twin\(number)@example.com"
    let first = await newOrder(isPaid: true, email: email)
    let second = await newOrder(isPaid: true, email: email)
    await shop.sandbox.put(first)
    await shop.book.enter(first, .both)
    await shop.book.enter(worthless: second)
    return (first, second)
  }

  /// A new order that names Alice's code, of a guest unless a customer is given.
  private func newOrder(
    isPaid: Bool, _ campaign: CrashCampaign = .both, email: String? = nil, user: String? = nil,
    code: String? = Traffic.code
  ) async -> SandboxOrder {
    let total = campaign.orderTotal
    let number = await Self.number.next()
    let metadata = code.map { [Order.referralCodeKey: $0] } ?? [:]
    let email = email ?? "friend\(number)@example.com"
    return isPaid
      ? .paid(number: number, total: total, email: email, userID: user, metadata: metadata)
      : .unpaid(number: number, total: total, email: email, userID: user, metadata: metadata)
  }

  // MARK: Deliveries

  /// Tells Laurel of orders, `times` times each and in any sequence, several at once.
  func tell(of orders: [SandboxOrder], times: Int = 1) async throws {
    let bodies = orders.map { Self.body(.orderFullyPaid, $0) }
    var waiting = Array(repeating: bodies, count: times).joined().shuffled()[...]
    try await withThrowingTaskGroup { group in
      for _ in 0..<min(32, waiting.count) {
        if let body = waiting.popFirst() { group.addTask { try await deliver(body) } }
      }
      while try await group.next() != nil {
        if let body = waiting.popFirst() { group.addTask { try await deliver(body) } }
      }
    }
  }

  /// Cancels those of the orders that may fall at the store, and tells Laurel.
  func letFall(_ orders: [SandboxOrder]) async throws {
    for order in orders where await shop.book.mayFall(order) {
      guard await shop.sandbox.cancel(order: order.id) != nil else { continue }
      await shop.book.enter(fallOf: order.id)
      try await deliver(
        Array(#"{"__typename": "OrderCancelled", "order": {"id": "\#(order.id)"}}"#.utf8))
    }
  }

  /// Refunds a part of an order whose rewards exist, if there is one, and tells Laurel.
  func refundSome() async throws {
    let id = try await shop.text(
      """
      SELECT order_id AS text FROM referrals
      WHERE state = 'rewarded' AND campaign_id = \(CrashCampaign.both.rawValue)
      ORDER BY random() LIMIT 1
      """)
    guard await shop.sandbox.update(order: id, { $0.refund(1) }) != nil else { return }
    let stamp = await Self.number.next()
    try await deliver(
      Array(
        #"{"__typename": "OrderRefunded", "issuedAt": "\#(stamp)", "order": {"id": "\#(id)"}}"#.utf8
      ))
  }

  /// Cancels an order at the store and tells nobody.
  func cancelUnheard(_ order: SandboxOrder) async {
    guard await shop.book.mayFall(order) else { return }
    await shop.sandbox.cancel(order: order.id)
    await shop.book.enter(fallOf: order.id)
  }

  /// Tells Laurel that all cards and vouchers changed.
  private func tellOfChangedCodes() async throws {
    let stamp = await Self.number.next()
    for card in await shop.sandbox.cards {
      try await deliver(
        Array(
          #"{"__typename": "GiftCardUpdated", "issuedAt": "\#(stamp)", "giftCard": {"id": "\#(card.id)"}}"#
            .utf8))
    }
    for voucher in await shop.sandbox.vouchers {
      try await deliver(
        Array(
          #"{"__typename": "VoucherUpdated", "issuedAt": "\#(stamp)", "voucher": {"id": "\#(voucher.id)"}}"#
            .utf8))
    }
  }

  private func deliver(_ body: [UInt8]) async throws {
    let key = HMACKey(Array(CrashShop.webhookSecret.utf8))
    try await post(
      "/webhooks/order-confirmed", body,
      headers: [("Saleor-Signature", Hex.encode(try key.authenticate(body)))])
  }

  private static func body(_ event: SandboxEvent, _ order: SandboxOrder) -> [UInt8] {
    let payload: JSONValue = [
      "__typename": .string(event.typeName), "issuedAt": "2026-11-21T08:00:00.000000+00:00",
      "order": order.fields,
    ]
    return payload.bytes(.spaced)
  }

  private func post(
    _ path: String, _ body: [UInt8], headers: [(name: String, value: String)]
  ) async throws {
    var last = "no process listened"
    for attempt in 0..<Self.maximumAttempts {
      if attempt > 0 { try await Task.sleep(for: .milliseconds(min(2000, 50 * attempt))) }
      guard let url = await keepers.randomElement()?.address() else { continue }
      do {
        let status = try await shop.transport.send(
          HTTPRequest(
            method: .post, url: url + path,
            headers: [("Content-Type", "application/json")] + headers, body: body,
            totalTimeout: .seconds(18), reach: .anywhere)
        ).status
        if (200..<300).contains(status) { return }
        last = "status \(status)"
        // The store does not come again after that.
        if status < 500 { break }
      } catch {
        last = "\(error)"
      }
    }
    throw GivenUp(description: "\(path) was not taken: \(last)")
  }

  // MARK: Everything at once

  /// Makes everything happen once that can happen to an order, so that every failpoint is passed:
  /// rewards that are due, also for an order that is paid later, and refusals; answers that are
  /// lost, a replica that lags behind, a code that somebody else has; an order that is held back, and
  /// one that was waited for too long; codes that are looked at, an order that is refunded in part,
  /// and one that falls.
  func tellOfEveryKind() async throws {
    let lazy = await newOrder(isPaid: false, user: "User:\(await Self.number.next())")
    let own = await newOrder(isPaid: true, email: "alice@example.com", user: "VXNlcjox")
    let plain = await newOrder(isPaid: true, code: nil)
    let forgotten = await newOrder(isPaid: false)
    let contradicted = await newOrder(isPaid: true)
    for order in [own, plain, contradicted, lazy] { await shop.sandbox.put(order) }
    await shop.book.enter(lazy, .both)
    await shop.book.enter(contradicted, .both, except: .referrer)
    for order in [own, plain, forgotten] { await shop.book.enter(worthless: order) }
    try await takeCode(of: contradicted)
    try await issueAlicesCode()
    // Followed before the poll can find it.
    try await shop.track(since: forgotten, code: Self.code)
    await shop.sandbox.put(forgotten)
    await shop.sandbox.behave()
    for create in ["giftCardCreate", "voucherCreate"] {
      await shop.sandbox.inject([.noAnswerAfterSave, .httpStatus(500)], on: create)
    }
    await shop.sandbox.inject([.staleReads(1)], on: "giftCards")
    var orders = [lazy, own, plain, contradicted]
    for campaign in CrashCampaign.ofFile { orders.append(await placeDueOrder(campaign)) }
    let falling = await placeDueOrder(.both)
    orders.append(falling)
    try await issueAnotherCode()
    try await tell(of: orders)
    try await Task.sleep(for: .milliseconds(300))
    let paid = await shop.sandbox.pay(order: lazy.id)
    try await tell(of: [paid ?? lazy])
    try await Task.sleep(for: .milliseconds(700))
    try await tellOfChangedCodes()
    try await shop.endHolds()
    try await refundSome()
    try await letFall([falling])
    try await shop.setMarksBack()
  }

  /// Makes a card with the code of an order's reward that belongs to another reward.
  private func takeCode(of order: SandboxOrder) async throws {
    let identity = RewardIdentity(
      storeAddress: shop.address.canonical, orderID: order.id,
      campaignID: CrashCampaign.both.rawValue)
    guard let keys = try RewardKeys([CrashShop.codeKey]),
      let code = try keys.code(of: identity, keyID: keys.newestID), let dollar = Currency("USD"),
      let version = StoreVersion("3.23")
    else { throw GivenUp(description: "no code of \(order.id)") }
    await shop.sandbox.behave()
    let foreign = "reward-of-another-\(order.id)"
    await shop.book.enter(foreignReward: foreign)
    let client = StoreClient(
      graphQL: GraphQLClient(
        transport: shop.transport, url: shop.address.canonical,
        token: await shop.sandbox.app.token, reach: .anywhere))
    _ = try await client.createGiftCard(
      code: code, balance: Money(amount: 1, currency: dollar),
      origin: RewardOrigin(rewardID: foreign, identity: identity), expiresOn: nil,
      version: version)
  }
}
