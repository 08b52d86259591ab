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

  /// The facts could not be gathered now; trying again can help.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    /// What went wrong: a `StoreError`, a `PostgresError` or a `SigningError`.
    package let cause: any Error

    package var description: String { "\(cause)" }
  }

  /// After how many failures to gather the facts of an order the store's errors count for its
  /// silence. The waits between so many last more than an hour (`WorkSettings.factRetry`).
  package static let patience = 10
  /// The same for what is not worth more calls: answers that make no sense, the referrer, without
  /// whom an order can be judged too, and statements of the ledger that take too long.
  package static let shortPatience = 3
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
  /// and the ledger six times at most, and only for what is `asked`.
  ///
  /// - Parameters:
  ///   - referral: the number of the order's own referral, which is compared with the others;
  ///     0 for an order that is not followed.
  ///   - code: the code that counts for the order; `nil` when it names none that was issued. What is
  ///     known of the referrer is missing then.
  ///   - asked: what the rules ask for. Of the rest, what costs nothing is known too.
  ///   - failures: how often the facts of the order could not be gathered
  ///     (`ReferralRepository.Claim.factFailures`). From `patience` on, what is not told because of
  ///     an error is unknown, so that no reward hangs on it for ever.
  /// - Throws: `Failure`, `CancellationError`.
  package func facts(
    of order: Order, referral: Int, code: Facts.Code?, history: Facts.History, marks: OrderMarks,
    asked: Set<Signal>, failures: Int
  ) async throws -> Gathered {
    do {
      return try await Gatherer(
        store: store, keys: keys, ledger: FactRepository(pool), order: order, referral: referral,
        asked: asked, failures: failures
      ).facts(code: code, history: history, marks: marks)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw Failure(cause: error)
    }
  }
}

/// Gathers the facts of one order.
private struct Gatherer {
  /// How many decisions there must be before a value can be out of the ordinary.
  private static let fewestValues = 20

  let store: ConnectedStore
  let keys: RewardKeys
  let ledger: FactRepository
  let order: Order
  let referral: Int
  let asked: Set<Signal>
  let failures: Int

  func facts(
    code: Facts.Code?, history: Facts.History, marks: OrderMarks
  ) async throws -> FactGathering.Gathered {
    var sheet = FactSheet(order, code: code, history: history)
    // Neither question rests on the other's answer.
    async let referrerAnswer = referrer(code)
    let particulars = try await told(Signal.ofParticulars, FactGathering.patience) {
      try await store.client.particulars(ofOrder: order.id)
    }
    var traits = OrderTraits()
    if let particulars {
      traits = OrderTraits(particulars, marks: marks)
      sheet.add(particulars, traits: traits, of: order)
      sheet[.paidWithRewardCard] = try await kept([.paidWithRewardCard]) {
        SignalValue.flag(
          try await ledger.isReward(store: store.id, giftCards: particulars.giftCardIDs))
      }
    }
    if let referrer = try await referrerAnswer {
      sheet.add(referrer, of: order)
      if let particulars {
        sheet.compare(
          particulars, traits, with: referrer,
          OrderTraits(referrer, otherThan: order.id, marks: marks))
      }
    }
    try await addValue(to: &sheet)
    if let code { try await add(code, to: &sheet) }
    return try await addOthers(traits, isRead: particulars != nil, to: &sheet)
  }

  /// What the store tells of the referrer, in the same way as `told`.
  private func referrer(_ code: Facts.Code?) async throws -> ReferrerProfile? {
    guard let code else { return nil }
    return try await told(Signal.ofReferrer, FactGathering.shortPatience) {
      try await store.client.referrer(code.referrerUserID)
    }
  }

  /// What the store tells for some signals; `nil` when nobody asks, or it tells nothing, or may not
  /// be asked.
  private func told<Value>(
    _ signals: Set<Signal>, _ patience: Int, _ read: () async throws -> Value?
  ) async throws -> Value? {
    guard !asked.isDisjoint(with: signals) else { return nil }
    do {
      return try await read()
    } catch let error as StoreError {
      let isHopeless =
        switch error.code {
        // These stay as they are until the shopkeeper changes something, and the order is decided
        // without.
        case .permissionDenied, .invalidRequest, .answerTooLarge: true
        // The page of a store under repair, or fields that are missing for good.
        case .unexpectedAnswer: failures >= FactGathering.shortPatience
        case .unreachable, .unavailable, .internalError: failures >= patience
        }
      guard isHopeless else { throw error }
      return nil
    }
  }

  /// What the ledger knows for some signals; `nil` when nobody asks, or it knows nothing, or takes
  /// too long to say.
  private func kept<Value>(
    _ signals: Set<Signal>, _ read: () async throws -> Value?
  ) async throws -> Value? {
    guard !asked.isDisjoint(with: signals) else { return nil }
    do {
      return try await read()
    } catch let error as PostgresError
      where error.isOverTime && failures >= FactGathering.shortPatience
    {
      return nil
    }
  }

  private func addValue(to sheet: inout FactSheet) async throws {
    let usual = try await kept([.orderValueRatio]) {
      try await ledger.usualValue(
        store: store.id, channel: order.channel, currency: order.currency)
    }
    guard let usual, usual.count >= Self.fewestValues, usual.median > 0 else { return }
    sheet[.orderValueRatio] = Double("\(order.spending.amount / usual.median)")
      .map(SignalValue.number)
  }

  private func add(_ code: Facts.Code, to sheet: inout FactSheet) async throws {
    let record = try await kept(Signal.ofCode) {
      try await ledger.code(
        store: store.id, code.code, referral: referral, orderedAt: order.createdAt)
    }
    if let record {
      sheet[.codeAge] = .duration(max(0, order.createdAt.timeIntervalSince(record.createdAt)))
      sheet[.referralsByReferrer] = .times(record.times)
      sheet[.referrerReferrals] = .number(Double(record.due))
      if record.due > 0 {
        sheet[.referrerFallenShare] = .number(Double(record.fallen) / Double(record.due))
      }
    }
    let steps: Int? = try await kept([.cycleLength]) {
      // A guest has no code, and so nobody was referred by him.
      guard let buyer = order.userID else { return 0 }
      return try await ledger.circle(
        store: store.id, buyer: buyer, referrer: code.referrerUserID, referral: referral)
    }
    sheet[.cycleLength] = steps.map { .number(Double($0)) }
  }

  /// Adds what other orders have in common with this one, and gives what is written down of it.
  private func addOthers(
    _ traits: OrderTraits, isRead: Bool, to sheet: inout FactSheet
  ) async throws -> FactGathering.Gathered {
    var written: [TraceRepository.Mark] = []
    var sought: [TraceRepository.Mark] = []
    let kinds = Self.kinds(of: traits).filter { !$0.2.isEmpty }
    for (kind, _, values) in kinds {
      for value in values.sorted() {
        let marks = try keys.pseudonyms(of: value, kind: kind.rawValue, store: store.address)
          .map { TraceRepository.Mark(kind: kind, value: $0) }
        written += marks.prefix(1)
        sought += marks
      }
    }
    let times = try await kept(Signal.ofTraces.subtracting([.clusterSize])) {
      try await ledger.times(
        store: store.id, around: order.createdAt, otherThan: referral, marks: sought)
    }
    if let times {
      for (kind, signal, _) in kinds { sheet[signal] = .times(times[kind] ?? []) }
    }
    let names = try names()
    if isRead {
      let size = try await kept([.clusterSize]) {
        try await ledger.clusterSize(store: store.id, names: names, marks: sought)
      }
      sheet[.clusterSize] = size.map { .number(Double($0)) }
    }
    return FactGathering.Gathered(
      sheet: sheet,
      traces: TraceRepository.Traces(
        buyer: names.first ?? order.id, orderedAt: order.createdAt, marks: written))
  }

  /// Under what a buyer stands among the traces, what is written first: his id at the store, and, as
  /// he can have been a guest, the pseudonym of his mailbox under each key, the newest first. A guest
  /// without an address is nobody else.
  private func names() throws -> [String] {
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

extension PostgresError {
  /// Whether a statement ran longer than allowed (SQLSTATE 57014), and not because the task was
  /// cancelled.
  fileprivate var isOverTime: Bool { sqlState == "57014" && code != .cancelled }
}
