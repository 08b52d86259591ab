package import Domain
package import FoundationEssentials
package import Postgres

/// Every decision on an order, with what it rested on.
package struct DecisionRepository: Sendable {
  /// What was decided.
  package enum Outcome: String, Sendable, CaseIterable {
    /// A reward is due.
    case approve
    /// Somebody has to look at the case.
    case review
    /// No reward.
    case reject
  }

  /// Who or what decided.
  package enum Source: String, Sendable, CaseIterable {
    /// A fixed condition of the programme.
    case requirement
    /// The antifraud rules.
    case rules
    /// A person.
    case person
    /// The end of a review in which nobody decided.
    case limit
    /// A reward that was found at the store.
    case adoption
  }

  /// A decision as it is written down.
  package struct Record: Sendable {
    /// Which rules there were: the version of the file.
    package var rulesVersion: String
    /// The file.
    package var rulesText: String
    /// The order's channel; `nil` when the order was never read.
    package var channel: String?
    /// What was decided.
    package var outcome: Outcome
    /// Who or what decided.
    package var decidedBy: Source
    /// The sum of the weights of the rules that hit and act.
    package var score = 0
    /// What settled the outcome.
    package var rule: String?
    /// Its reason.
    package var reason: String?
    /// The facts, a JSON object by signal; `nil` when none were gathered.
    package var facts: String?
    /// What each rule said, a JSON object by rule; `nil` when they were not asked.
    package var ruleOutcomes: String?
    /// The rules that hit, those in shadow too; `nil` when they were not asked.
    package var ruleHits: [String]?
    /// The names of facts that are left out because a person is forgotten.
    package var erasedFacts: [String] = []
    /// What the order brings in.
    package var orderValue: Money?
    /// What was, or would have been, given, to all sides together.
    package var reward: Money?
    /// The campaign that the order belongs to; `nil` when it belongs to none, or none was chosen.
    package var campaignID: String?
    /// The campaigns that the order is none of: a JSON object of reasons by campaign.
    package var campaignsPassedOver: String?

    /// A decision without facts.
    package init(
      rulesVersion: String, rulesText: String, channel: String?, outcome: Outcome,
      decidedBy: Source, rule: String?, reason: String?, orderValue: Money?, reward: Money?
    ) {
      self.rulesVersion = rulesVersion
      self.rulesText = rulesText
      self.channel = channel
      self.outcome = outcome
      self.decidedBy = decidedBy
      self.rule = rule
      self.reason = reason
      self.orderValue = orderValue
      self.reward = reward
    }
  }

  /// A decision as it stands in the ledger.
  package struct Kept: Sendable {
    /// Its number.
    package let id: Int
    /// When it was made.
    package let decidedAt: Date
    /// What was decided.
    package let record: Record
  }

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes a decision, and the file by which it was made unless that is kept already. Call it in
  /// the transaction that decides.
  /// - Throws: `PostgresError`.
  package func save(store: StoreID, referralID: Int, _ record: Record) async throws {
    guard try await !insert(store: store, referralID: referralID, record) else { return }
    // The file can have a megabyte, and is sent only where the ledger does not have it yet.
    try await session.execute(
      """
      INSERT INTO rule_files (store_id, version, content)
      VALUES (\(store.value), \(record.rulesVersion), \(record.rulesText))
      ON CONFLICT DO NOTHING
      """)
    _ = try await insert(store: store, referralID: referralID, record)
  }

  /// Returns false when the ledger does not have the file.
  private func insert(store: StoreID, referralID: Int, _ record: Record) async throws -> Bool {
    try await session.execute(
      """
      INSERT INTO decisions (
        store_id, referral_id, rules_version, channel, outcome, decided_by, score, rule, reason,
        facts, rule_outcomes, rule_hits, erased_facts, order_value, order_currency,
        reward_amount, reward_currency, campaign_id, campaigns_passed_over
      )
      SELECT store_id, \(referralID), version, \(record.channel),
        \(record.outcome.rawValue), \(record.decidedBy.rawValue), \(record.score),
        \(record.rule), \(record.reason), \(record.facts), \(record.ruleOutcomes),
        \(record.ruleHits), \(record.erasedFacts),
        \(record.orderValue?.amount), \(record.orderValue?.currency.code),
        \(record.reward?.amount), \(record.reward?.currency.code), \(record.campaignID),
        \(record.campaignsPassedOver)
      FROM rule_files WHERE store_id = \(store.value) AND version = \(record.rulesVersion)
      """) == 1
  }

  /// All decisions on an order, the oldest first.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func all(store: StoreID, referralID: Int) async throws -> [Kept] {
    try await session.rows(
      """
      SELECT id, decided_at, rules_version, content, channel, outcome, decided_by, score, rule,
        reason, facts, rule_outcomes, rule_hits, erased_facts, order_value, order_currency,
        reward_amount, reward_currency, campaign_id, campaigns_passed_over
      FROM decisions JOIN rule_files ON rule_files.store_id = decisions.store_id
        AND version = rules_version
      WHERE decisions.store_id = \(store.value) AND referral_id = \(referralID)
      ORDER BY id
      """, Self.kept)
  }

  @Sendable private static func kept(_ row: borrowing Row) throws -> Kept {
    guard let outcome = Outcome(rawValue: try row.decode("outcome", as: String.self)) else {
      throw LedgerError.unknownValue("decisions.outcome")
    }
    guard let source = Source(rawValue: try row.decode("decided_by", as: String.self)) else {
      throw LedgerError.unknownValue("decisions.decided_by")
    }
    var record = Record(
      rulesVersion: try row.decode("rules_version", as: String.self),
      rulesText: try row.decode("content", as: String.self),
      channel: try row.decode("channel", as: String?.self), outcome: outcome, decidedBy: source,
      rule: try row.decode("rule", as: String?.self),
      reason: try row.decode("reason", as: String?.self),
      orderValue: money(
        try row.decode("order_value", as: Decimal?.self),
        try row.decode("order_currency", as: String?.self)),
      reward: money(
        try row.decode("reward_amount", as: Decimal?.self),
        try row.decode("reward_currency", as: String?.self)))
    record.score = try row.decode("score", as: Int.self)
    record.facts = try row.decode("facts", as: String?.self)
    record.ruleOutcomes = try row.decode("rule_outcomes", as: String?.self)
    record.ruleHits = try row.decode("rule_hits", as: [String]?.self)
    record.erasedFacts = try row.decode("erased_facts", as: [String].self)
    record.campaignID = try row.decode("campaign_id", as: String?.self)
    record.campaignsPassedOver = try row.decode("campaigns_passed_over", as: String?.self)
    return Kept(
      id: try row.decode("id", as: Int.self),
      decidedAt: try row.decode("decided_at", as: Date.self), record: record)
  }

  /// An amount in a currency; `nil` when one of the two is missing.
  static func money(_ amount: Decimal?, _ currency: String?) -> Money? {
    guard let amount, let currency = currency.flatMap(Currency.init) else { return nil }
    return Money(amount: amount, currency: currency)
  }
}
