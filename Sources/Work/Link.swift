import Domain
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import SaleorAPI
import Signing

/// First stage: reads what waits in the inbox, binds newcomers to the code that they name, gives
/// them one of their own where the shop wants that, follows each order that names a code or whose
/// buyer is bound to one, and has the rewards looked at that an event names. It needs the ledger
/// only, so a whole batch goes with one transaction.
package struct Link: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let settings: WorkSettings
  private let log: Logger
  private let linked: @Sendable () -> Void
  private let mark: NIOLockedValueBox<QueueMark>
  private let arrivals = NIOLockedValueBox(ArrivalRate())

  /// How many deliveries one transaction takes, and how many bytes of them: their bodies are all in
  /// memory at once.
  private static let batch = (deliveries: 256, bytes: 4 << 20)
  /// So many in a batch tell that more are coming.
  private static let crowd = 16
  /// So many a second leave no time for anything else: they are taken in first.
  private static let rush = 1_000.0
  /// How long the rest is after such a batch.
  private static let rest = Duration.milliseconds(100)

  /// Works for `store`; calls `linked` when there is something to decide or to look at.
  package init(
    pool: Pool, store: ConnectedStore, settings: WorkSettings, log: Logger,
    linked: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.settings = settings
    self.log = log
    self.linked = linked
    // What a dead process left behind, or was committed late, may lie before the mark.
    mark = NIOLockedValueBox(QueueMark(period: min(settings.lease, QueueMark.thoroughness)))
  }

  /// Gives the oldest deliveries as one job, and each that a process died with as one of its own.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    let queue = try await InboxRepository(pool)
      .queue(
        store: store.id, from: mark.withLockedValue { $0.start() }, limit: Self.batch.deliveries,
        bytes: Self.batch.bytes)
    if let first = queue.first { mark.withLockedValue { $0.found(first.id) } }
    let suspects = queue.filter(\.isSuspect).map { place in
      Stage.Job(Hex.encode(place.eventID)) { await linkOrWait([place.id]) }
    }
    let batch = queue.filter { !$0.isSuspect }.map(\.id)
    guard let first = batch.first, let last = batch.last else { return suspects }
    let job = Stage.Job(RunRepository.batchKey(first...last)) { await linkOrWait(batch) }
    return [job] + suspects
  }

  private func linkOrWait(_ places: [Int]) async {
    do {
      try await linkBatch(places)
      if !(await hasTime(after: places.count)) { try? await Task.sleep(for: Self.rest) }
    } catch {
      // They are still in their places.
      log.error("deliveries not linked", metadata: ["error": "\(error)"])
      try? await Task.sleep(for: settings.interval)
    }
  }

  /// Whether the next batch can follow at once. While many deliveries come, they are left to add up:
  /// few at a time cost each of them more. And in a rush intake needs the machine; it is over some time,
  /// and then the backlog is read without a rest.
  private func hasTime(after count: Int) async -> Bool {
    guard count >= Self.crowd else { return true }
    guard count >= Self.batch.deliveries else { return false }
    do {
      let newest = try await InboxRepository(pool).newestPlace(store: store.id)
      return arrivals.withLockedValue { $0.perSecond(newest: newest) } < Self.rush
    } catch {
      return true
    }
  }

  private func linkBatch(_ places: [Int]) async throws {
    let changes = try await pool.transaction { session in
      let inbox = InboxRepository(session)
      let waiting = try await inbox.take(store: store.id, places: places)
      guard !waiting.isEmpty else { return 0 }
      let deliveries = waiting.map { try? Delivery(body: $0.body, eventHeader: $0.event) }
      // Rewards before referrals, as in every transaction, so that two cannot deadlock.
      let looks = try await LookRepository(session)
        .name(store: store.id, deliveries.flatMap { $0?.promoCodeIDs ?? [] })
      let findings = try await follow(session, deliveries.map { Self.read($0, looks: looks) })
      let orders = findings.compactMap { finding in
        if case .order(let id, let code) = finding { (orderID: id, code: code) } else { nil }
      }
      let fallen = deliveries.compactMap { delivery in
        delivery?.mayHaveFallen == true ? delivery?.orderID : nil
      }
      if !fallen.isEmpty {
        // All of them before any is written, or two batches could wait for each other.
        try await ReferralRepository(session)
          .hold(store: store.id, orders: orders.map(\.orderID) + fallen)
      }
      if !orders.isEmpty {
        try await ReferralRepository(session).track(store: store.id, orders)
      }
      if !fallen.isEmpty {
        try await TakeBackRepository(session).reconsider(store: store.id, orders: fallen)
      }
      let claims = findings.compactMap { finding in
        if case .claim(let claim) = finding { claim } else { nil }
      }
      if !claims.isEmpty {
        try await BindingRepository(session).bind(
          store: store.id, claims, days: settings.bindingDays)
      }
      // After the claims: what a newcomer names is what he has chosen, not his own new code.
      if settings.codes == .everyCustomer {
        try await issueCodes(session, deliveries.compactMap(\.self))
      }
      let purchases = deliveries.compactMap(\.?.purchase)
      if !purchases.isEmpty {
        try await BuyerRepository(session).record(store: store.id, purchases)
      }
      let missed =
        claims.isEmpty
        ? [] : try await BindingRepository(session).ordersMissed(store: store.id, by: claims)
      if !missed.isEmpty {
        try await ReferralRepository(session).track(store: store.id, missed)
      }
      try await rememberCustomers(session, waiting, deliveries)
      try await inbox.settle(
        store: store.id, zip(waiting, findings).map { ($0.eventID, $1.outcome) })
      for (delivery, finding) in zip(waiting, findings) where finding.outcome != .noCode {
        log.info(
          "settled",
          metadata: [
            "delivery": "\(Hex.encode(Array(delivery.eventID.prefix(8))))",
            "outcome": "\(finding.outcome.rawValue)",
          ])
      }
      return orders.count + missed.count + fallen.count + looks.count
    }
    if changes > 0 { linked() }
  }

  /// Remembers whom the deliveries tell of, and which accounts were deleted.
  private func rememberCustomers(
    _ session: any PostgresSession, _ waiting: [InboxRepository.Waiting], _ deliveries: [Delivery?]
  ) async throws {
    let erasures = ErasureRepository(session)
    let subjects = zip(waiting, deliveries).compactMap { waiting, delivery in
      delivery?.customerID.map { (eventID: waiting.eventID, customerID: $0) }
    }
    if !subjects.isEmpty { try await erasures.remember(store: store.id, subjects) }
    let deleted = deliveries.compactMap { delivery in
      delivery.flatMap { Delivery.deletionEvents.contains($0.event) ? $0 : nil }
    }.compactMap { delivery in
      delivery.customerID.map { (customerID: $0, email: delivery.email) }
    }
    if !deleted.isEmpty { try await erasures.request(store: store.id, deleted) }
  }

  /// Gives each newcomer among the deliveries a code.
  private func issueCodes(
    _ session: any PostgresSession, _ deliveries: [Delivery]
  ) async throws {
    let newcomers = deliveries.filter { $0.event == Delivery.customerCreated }
    let customers = newcomers.compactMap { newcomer in
      if let id = newcomer.customerID, let email = newcomer.email {
        CodeDesk.Customer(userID: id, email: email)
      } else {
        nil
      }
    }
    if customers.count < newcomers.count {
      log.warning(
        "no code for newcomers without an address; select email in the webhook's query",
        metadata: ["newcomers": "\(newcomers.count - customers.count)"])
    }
    guard !customers.isEmpty else { return }
    let issued = try await CodeDesk(store: store.id, session: session).issueMissing(customers)
    if issued > 0 { log.info("codes issued", metadata: ["newcomers": "\(issued)"]) }
  }

  /// Gives orders that name no code the one that their buyer is bound to.
  private func follow(
    _ session: any PostgresSession, _ findings: [Finding]
  ) async throws -> [Finding] {
    var findings = findings
    let open = findings.indices.compactMap { index in
      if case .orderWithoutCode(let id, let customer, let email) = findings[index],
        customer != nil || email != nil
      {
        (index: index, orderID: id, buyer: (customerID: customer, email: email))
      } else {
        nil
      }
    }
    guard !open.isEmpty else { return findings }
    let codes = try await BindingRepository(session)
      .codes(store: store.id, buyers: open.map(\.buyer))
    for (position, code) in codes {
      findings[open[position].index] = .order(open[position].orderID, code)
    }
    return findings
  }

  /// What a delivery says.
  private enum Finding {
    /// An order that names a code.
    case order(String, ReferralCode)
    /// An order that names none, and its buyer.
    case orderWithoutCode(String, customerID: String?, email: EmailAddress?)
    /// A newcomer who names a code.
    case claim(BindingRepository.Claim)
    /// Nothing that leads further.
    case nothing(InboxRepository.Outcome)

    /// What the inbox keeps of it.
    var outcome: InboxRepository.Outcome {
      switch self {
      case .order: .linked
      case .orderWithoutCode: .noCode
      case .claim: .bound
      case .nothing(let outcome): outcome
      }
    }
  }

  /// What one delivery says; `looks` are the cards and vouchers of ours that are looked at next.
  private static func read(_ delivery: Delivery?, looks: Set<String>) -> Finding {
    guard let delivery, delivery.isUsed else { return .nothing(.malformed) }
    if delivery.isAboutPromoCode {
      return .nothing(looks.isDisjoint(with: delivery.promoCodeIDs) ? .ignored : .looked)
    }
    if Delivery.fallEvents.union(Delivery.deletionEvents).contains(delivery.event) {
      return .nothing(.looked)
    }
    let text = delivery.referralCodeText?.trimmingSpace() ?? ""
    guard !text.isEmpty else {
      guard let orderID = delivery.orderID else { return .nothing(.noCode) }
      return .orderWithoutCode(
        orderID, customerID: delivery.customerID, email: delivery.email)
    }
    guard let code = ReferralCode(typed: text) else { return .nothing(.invalidCode) }
    if let orderID = delivery.orderID { return .order(orderID, code) }
    guard let customerID = delivery.customerID else { return .nothing(.malformed) }
    return .claim(
      .init(
        customerID: customerID, email: delivery.email, code: code,
        registeredAt: delivery.issuedAt))
  }
}

extension Delivery {
  /// The paid order that it tells of.
  fileprivate var purchase: BuyerRepository.Purchase? {
    guard isPaid, !mayHaveFallen, let orderID else { return nil }
    return .init(orderID: orderID, orderedAt: orderedAt, customerID: customerID, email: email)
  }
}
