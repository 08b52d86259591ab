package import Domain
import FoundationEssentials
package import Ledger
package import Postgres
package import Rules
import SaleorAPI

/// Brings together what the rules want to know of one order: from the order itself, from the store,
/// and from the ledger.
package struct FactGathering: Sendable {
  /// What was gathered about one order.
  package struct Gathered: Sendable {
    /// The facts as they are now. What cannot be known is missing.
    package let sheet: FactSheet
    /// The order's marks, by which later orders are compared with it. Whoever decides writes them in
    /// the transaction of the decision, whatever it is (`TraceRepository.record`), unless the order
    /// waits.
    package let traces: TraceRepository.Traces
  }

  /// After how many looks at an order the store's errors count for its silence.
  package static let patience = 10
  /// How many decisions there must be before a value can be out of the ordinary.
  private static let fewestValues = 20

  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys

  /// Gathers for `store`.
  package init(pool: Pool, store: ConnectedStore, keys: RewardKeys) {
    self.pool = pool
    self.store = store
    self.keys = keys
  }

  /// Gathers what is known of an order. Call it outside of a transaction: it asks the store twice
  /// and the ledger six times at most.
  ///
  /// - Parameters:
  ///   - referral: the number of the order's own referral, which is compared with the others;
  ///     0 for an order that is not followed.
  ///   - code: the code that counts for the order; `nil` when it names none that was issued. What is
  ///     known of the referrer is missing then.
  ///   - looks: how often the order has been looked at, this time included
  ///     (`ReferralRepository.Claim.checks`). From `patience` on, what the store does not tell because
  ///     of an error is unknown, so that no reward hangs on it for ever.
  /// - Throws: `StoreError` when trying again can help, `PostgresError`, `SigningError`,
  ///   `CancellationError`.
  package func facts(
    of order: Order, referral: Int, code: Facts.Code?, history: Facts.History, marks: OrderMarks,
    looks: Int
  ) async throws -> Gathered {
    var sheet = FactSheet(order, code: code, history: history)
    let particulars = try await known(looks) {
      try await store.client.particulars(ofOrder: order.id)
    }
    var traits = OrderTraits()
    if let particulars {
      traits = OrderTraits(particulars, marks: marks)
      sheet.add(particulars, traits: traits, of: order)
      sheet[.paidWithRewardCard] = .flag(
        try await FactRepository(pool).isReward(
          store: store.id, giftCards: particulars.giftCardIDs))
    }
    if let code,
      let referrer = try await known(
        looks, { try await store.client.referrer(code.referrerUserID) })
    {
      sheet.add(referrer, of: order)
      if let particulars {
        sheet.compare(
          particulars, traits, with: referrer,
          OrderTraits(referrer, otherThan: order.id, marks: marks))
      }
    }
    try await addValue(of: order, to: &sheet)
    if let code { try await add(code, order, referral, to: &sheet) }
    return try await addOthers(order, referral, traits, isRead: particulars != nil, to: &sheet)
  }

  /// What the store tells; `nil` when it tells nothing, or may not be asked.
  private func known<Value>(
    _ looks: Int, _ read: () async throws -> Value?
  ) async throws -> Value? {
    do {
      return try await read()
    } catch let error as StoreError {
      // These stay as they are until the shopkeeper changes something, and the order is decided
      // without.
      let isFinal = error.code == .permissionDenied || !error.isRetryable
      guard isFinal || looks >= Self.patience else { throw error }
      return nil
    }
  }

  private func addValue(of order: Order, to sheet: inout FactSheet) async throws {
    let usual = try await FactRepository(pool).usualValue(
      store: store.id, channel: order.channel, currency: order.currency)
    guard let usual, usual.count >= Self.fewestValues, usual.median > 0 else { return }
    sheet[.orderValueRatio] = Double("\(order.spending.amount / usual.median)")
      .map(SignalValue.number)
  }

  private func add(
    _ code: Facts.Code, _ order: Order, _ referral: Int, to sheet: inout FactSheet
  ) async throws {
    let ledger = FactRepository(pool)
    if let record = try await ledger.code(
      store: store.id, code.code, referral: referral, orderedAt: order.createdAt)
    {
      sheet[.codeAge] = .duration(max(0, order.createdAt.timeIntervalSince(record.createdAt)))
      sheet[.referralsByReferrer] = .times(record.times)
      sheet[.referrerReferrals] = .number(Double(record.due))
      if record.due > 0 {
        sheet[.referrerFallenShare] = .number(Double(record.fallen) / Double(record.due))
      }
    }
    // A guest has no code, and so nobody was referred by him.
    let steps =
      if let buyer = order.userID {
        try await ledger.circle(
          store: store.id, buyer: buyer, referrer: code.referrerUserID, referral: referral)
      } else { 0 }
    sheet[.cycleLength] = .number(Double(steps))
  }

  /// Adds what other orders have in common with this one, and gives what is written down of it.
  private func addOthers(
    _ order: Order, _ referral: Int, _ traits: OrderTraits, isRead: Bool, to sheet: inout FactSheet
  ) async throws -> Gathered {
    let ledger = FactRepository(pool)
    var written: [TraceRepository.Mark] = []
    var sought: [TraceRepository.Mark] = []
    for (kind, signal, values) in Self.kinds(of: traits) where !values.isEmpty {
      sheet[signal] = .times([])
      for value in values.sorted() {
        let marks = try keys.pseudonyms(of: value, kind: kind.rawValue, store: store.address)
          .map { TraceRepository.Mark(kind: kind, value: $0) }
        written += marks.prefix(1)
        sought += marks
      }
    }
    let times = try await ledger.times(
      store: store.id, around: order.createdAt, otherThan: referral, marks: sought)
    for (kind, signal, _) in Self.kinds(of: traits) {
      if let times = times[kind] { sheet[signal] = .times(times) }
    }
    let names = try names(of: order)
    if isRead {
      sheet[.clusterSize] = .number(
        Double(try await ledger.clusterSize(store: store.id, names: names, marks: sought)))
    }
    return Gathered(
      sheet: sheet,
      traces: TraceRepository.Traces(
        buyer: names.first ?? order.id, orderedAt: order.createdAt, marks: written))
  }

  /// Under what a buyer stands among the traces, what is written first: his id at the store, and, as
  /// he can have been a guest, the pseudonym of his mailbox under each key, the newest first. A guest
  /// without an address is nobody else.
  private func names(of order: Order) throws -> [String] {
    let guest = try order.email.map {
      try keys.pseudonyms(of: $0.mailbox, store: store.address)
    }
    let names = [order.userID].compactMap(\.self) + (guest ?? [])
    return names.isEmpty ? [order.id] : names
  }

  private static func kinds(
    of traits: OrderTraits
  ) -> [(TraceRepository.Kind, Signal, Set<String>)] {
    [
      (.ip, .referralsByIP, traits.ipAddresses), (.network, .referralsByNetwork, traits.networks),
      (.device, .referralsByDevice, traits.devices),
      (.postalAddress, .referralsByPostalAddress, traits.postalAddresses),
      (.phone, .referralsByPhone, traits.phones), (.card, .referralsByCard, traits.cards),
    ]
  }
}
