package import FoundationEssentials

/// A store in memory that answers as the recorded one does. It keeps orders, gift cards and vouchers,
/// can be told to misbehave, and counts what a test wants to know.
package actor SandboxStore {
  /// The App and what its token may do.
  package internal(set) var app: SandboxApp
  /// How long a replica lags behind: what `staleReads` does not see.
  package let replicaLag: Duration
  /// The store's host and port, as `shop { domain }` and webhooks name it.
  package let domain: String
  /// The version of the schema that the store names; it answers as 3.23 all the same.
  package private(set) var schemaVersion = "3.23"
  /// The clock for dates and for `replicaLag`.
  let now: @Sendable () -> Date

  /// All gift cards, oldest first.
  package internal(set) var cards: [SandboxGiftCard] = []
  /// All vouchers, oldest first.
  package internal(set) var vouchers: [SandboxVoucher] = []
  /// Codes that are taken by vouchers: neither a gift card nor another voucher can have one.
  package internal(set) var voucherCodes: Set<String> = []
  /// The sales channels.
  package private(set) var channels: [SandboxChannel] = SandboxChannel.recorded
  /// How long the store takes for an answer at least: what is asked for is done at the end of that.
  package private(set) var latency: Duration = .zero
  /// How many GraphQL requests it has answered.
  package private(set) var requests = 0
  /// The most GraphQL requests that were under way at once.
  package private(set) var mostAtOnce = 0
  /// How long these answers took, added up.
  package private(set) var answering: Duration = .zero
  /// How often each root field was asked for, faults included.
  package private(set) var calls: [String: Int] = [:]
  /// The faults that struck, in order.
  package private(set) var struck: [(field: String, fault: SandboxFault)] = []

  /// What the store publishes at `/.well-known/jwks.json`; nil for a store that answers 404 there.
  package private(set) var keySet: [UInt8]?

  /// The App's webhooks, as it may read them.
  var webhooks: [SandboxAppWebhook] = []
  /// Whether the store's e-mail plugin is active; as in a new store, it is not.
  package internal(set) var sendsMail = false
  /// How customers are called, by their global ids.
  var profiles: [String: SandboxProfile] = [:]
  /// The customers by their global ids.
  var customers: [String: SandboxCustomer] = [:]
  /// The checkouts by their global ids.
  package internal(set) var checkouts: [String: SandboxCheckout] = [:]
  /// The events about customers that no webhook has been told of yet.
  var customerEvents: [SandboxCustomerEvent] = []
  /// The orders whose metadata changed, of which no webhook has been told yet.
  var ordersWithNewMetadata: [SandboxOrder] = []
  /// What the store has given up to deliver, oldest first.
  package internal(set) var failedDeliveries: [SandboxFailedDelivery] = []
  /// The ids of the categories that it knows.
  var categories = Set((1...9).map { String.globalID("Category", String($0)) })
  /// How long the store has its gift cards last; nil for ever, as in a new store.
  var giftCardPeriod: SandboxPeriod?
  /// All tags, in the order in which they were first used.
  var tags: [SandboxGiftCard.Tag] = []
  /// Where in `cards` a code is.
  var cardIndex: [String: Int] = [:]
  /// How many gift card events there have been.
  var eventCount = 0
  /// How many voucher listings there have been.
  var listingCount = 0
  /// The Apps that were installed from a manifest and not deleted, oldest first.
  package internal(set) var installedApps: [SandboxInstalledApp] = []
  /// What became of every installation, oldest first.
  package internal(set) var installations: [SandboxInstallation] = []
  /// The number of the next App.
  var nextAppNumber = 3
  /// All orders, by their global ids.
  package private(set) var orders: [String: SandboxOrder] = [:]
  private var queued: [String: [SandboxFault]] = [:]
  private var mischief: SandboxMischief?
  private var atOnce = 0

  /// An empty store.
  package init(
    app: SandboxApp = SandboxApp(), domain: String = "127.0.0.1:8800",
    replicaLag: Duration = .seconds(10), now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.app = app
    self.domain = domain
    self.replicaLag = replicaLag
    self.now = now
  }

  /// Publishes these keys from now on, such as those of a `SandboxSigner`.
  package func publish(keySet: [UInt8]?) { self.keySet = keySet }

  // MARK: Pace

  /// Takes so long for every answer from now on.
  package func set(latency: Duration) { self.latency = latency }

  /// Counts a request that is answered from now on, by what `body` gives.
  nonisolated func answering<Answer>(
    _ body: () async throws -> Answer
  ) async rethrows -> Answer {
    let start = ContinuousClock.now
    await beginAnswer()
    do {
      let answer = try await body()
      await endAnswer(after: .now - start)
      return answer
    } catch {
      await endAnswer(after: .now - start)
      throw error
    }
  }

  private func beginAnswer() {
    atOnce += 1
    mostAtOnce = max(mostAtOnce, atOnce)
  }

  private func endAnswer(after duration: Duration) {
    atOnce -= 1
    requests += 1
    answering += duration
  }

  // MARK: Orders

  /// Adds an order, or replaces the one with its id.
  package func put(_ order: SandboxOrder) { orders[order.id] = order }

  /// An order by its global id.
  package func order(_ id: String) -> SandboxOrder? { orders[id] }

  /// Changes an order in place, `updatedAt` too, and returns it; nil when there is none.
  @discardableResult
  package func update(
    order id: String, _ change: @Sendable (inout SandboxOrder) -> Void
  ) -> SandboxOrder? {
    guard var order = orders[id] else { return nil }
    change(&order)
    order.fields["updatedAt"] = .string(now().storeText)
    orders[id] = order
    return order
  }

  /// Pays an order in full; nil when there is none.
  @discardableResult
  package func pay(order id: String) -> SandboxOrder? { update(order: id) { $0.pay() } }

  /// Cancels an order; nil when there is none.
  @discardableResult
  package func cancel(order id: String) -> SandboxOrder? { update(order: id) { $0.cancel() } }

  /// Removes an order: from then on it is answered with null.
  package func remove(order id: String) { orders[id] = nil }

  // MARK: Gift cards

  /// The card with exactly this code.
  package func card(code: String) -> SandboxGiftCard? { cardIndex[code].map { cards[$0] } }

  /// The cards with this entry in their public metadata.
  package func cards(metadataKey key: String, value: String) -> [SandboxGiftCard] {
    cards.filter { $0.metadata[key] == value }
  }

  /// Changes a card as staff do in the store's dashboard.
  package func change(card id: String, _ change: (inout SandboxGiftCard) -> Void) {
    for index in cards.indices where cards[index].id == id { change(&cards[index]) }
  }

  /// How many cards there are for each value of a key in public metadata, such as an order's id.
  package func cardCounts(metadataKey key: String) -> [String: Int] {
    cards.compactMap { $0.metadata[key] }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  // MARK: Vouchers

  /// Takes a code for a voucher that is not shown.
  package func reserve(voucherCode: String) { voucherCodes.insert(voucherCode) }

  /// Changes a voucher as staff do in the store's dashboard.
  package func change(voucher id: String, _ change: (inout SandboxVoucher) -> Void) {
    for index in vouchers.indices where vouchers[index].id == id {
      change(&vouchers[index])
      voucherCodes.formUnion(vouchers[index].codes.map(\.code))
    }
  }

  /// Sells in these channels from now on.
  package func set(channels: [SandboxChannel]) { self.channels = channels }

  /// Names another version of its schema from now on.
  package func set(schemaVersion: String) { self.schemaVersion = schemaVersion }

  // MARK: The token

  /// Changes what the token may do.
  package func set(permissions: [String]) { app.permissions = permissions }

  /// Takes one permission from the token.
  package func remove(permission: String) { app.permissions.removeAll { $0 == permission } }

  /// Makes the token die, or live again.
  package func set(tokenWorks: Bool) { app.isActive = tokenWorks }

  /// Takes another token from now on, as after a new installation.
  package func set(token: String) { app.token = token }

  /// The App that a bearer token belongs to; nil for one that does not work.
  func app(of bearer: String?) -> SandboxApp? {
    ([app] + installedApps.map(\.app)).first { $0.isActive && $0.token == bearer }
  }

  /// The permissions of a bearer token; nil for one that does not work.
  func permissions(of bearer: String?) -> [String]? {
    app(of: bearer).map { $0.permissions + SandboxSchema.authenticated }
  }

  // MARK: Faults

  /// What was made after this is not on the replica yet.
  var replicaHorizon: Date { now().addingTimeInterval(-(replicaLag / .seconds(1))) }

  /// Queues faults on a root field; each call of it takes one, in order.
  package func inject(_ faults: [SandboxFault], on field: String) {
    queued[field, default: []].append(contentsOf: faults)
  }

  /// Forgets the queued faults and the standing ones.
  package func behave() {
    queued = [:]
    mischief = nil
  }

  /// Misbehaves at random until told otherwise. Queued faults go first.
  package func misbehave(_ mischief: SandboxMischief?) { self.mischief = mischief }

  /// Counts the calls of an operation and takes the fault of each root field, before any is run.
  func begin(_ plan: QueryPlan) -> [SandboxFault?] {
    plan.roots.map { root in
      calls[root.name, default: 0] += 1
      let fault = nextFault(on: root.name)
      if let fault { struck.append((root.name, fault)) }
      return fault
    }
  }

  private func nextFault(on field: String) -> SandboxFault? {
    guard var faults = queued[field], !faults.isEmpty else { return mischief?.next(on: field) }
    let fault = faults.removeFirst()
    if case .staleReads(let count) = fault, count > 1 {
      faults.insert(.staleReads(count - 1), at: 0)
    }
    queued[field] = faults
    return fault
  }
}
