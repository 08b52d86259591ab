import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import Rules
import SaleorAPI
import Work

/// `laurel rules try`: what would be decided of an order now. It changes nothing: its connections to
/// the database are read-only, and of the store it only asks.
package enum RulesTry {
  /// What a requirement says.
  private struct Asked: Encodable {
    let requirement: String
    let verdict: String
    let reason: String?

    init(_ requirement: Requirement, _ facts: Facts) {
      self.requirement = requirement.name
      switch requirement.check(facts) {
      case .pass: (verdict, reason) = ("pass", nil)
      case .wait(let why): (verdict, reason) = ("wait", why)
      case .reject(let why): (verdict, reason) = ("reject", why)
      }
    }
  }

  /// The answer as the command prints it.
  private struct Report: Encodable {
    let orderId: String
    let orderNumber: String
    let outcome: String
    let decidedBy: String
    let rule: String?
    let reason: String?
    let score: Int?
    let rulesVersion: String
    let reviewDays: Int?
    let reward: String?
    let campaign: String?
    let campaignsPassedOver: PassedOverReport
    /// For how many days the rewards would be held back first.
    let holdDays: Int?
    let rewards: [GivenReport]
    /// What the ledger says of the order already.
    let standing: String?
    let requirements: [Asked]
    let facts: [String: KeptJSON]?
    let rules: [DecisionReport.Said]?

    var text: String {
      var table = TextTable()
      table.add(["order", "\(orderNumber) (\(orderId))"])
      table.add(["would be", outcome])
      table.add(["by", decidedBy])
      if let rule { table.add(["rule", rule]) }
      if let reason { table.add(["reason", reason]) }
      if let score { table.add(["score", "\(score)"]) }
      if let reviewDays { table.add(["time to decide", "\(reviewDays) days"]) }
      if let reward { table.add(["reward", reward]) }
      if let campaign { table.add(["campaign", campaign]) }
      campaignsPassedOver.add(to: &table)
      if let holdDays { table.add(["held back", "\(holdDays) days"]) }
      table.add(["rules", rulesVersion])
      if let standing { table.add(["in the ledger", standing]) }
      var asked = TextTable(["REQUIREMENT", "SAYS", "REASON"])
      for one in requirements { asked.add([one.requirement, one.verdict, one.reason]) }
      var parts = [table.text, GivenReport.text(rewards), asked.text].compactMap(\.self)
      if let facts {
        var known = TextTable(["FACT", "VALUE"])
        for fact in facts.sorted(by: { $0.key < $1.key }) {
          known.add([fact.key, fact.value.text])
        }
        parts.append(known.text)
      }
      if let rules, !rules.isEmpty {
        var said = TextTable(["RULE", "RESULT", "MODE", "WEIGHT"])
        for one in rules { said.add([one.rule, one.result, one.mode, "\(one.weight)"]) }
        parts.append(said.text)
      }
      return parts.joined(separator: "\n\n")
    }
  }

  /// Tries an order by the rules that are configured, or by those of a file.
  /// - Parameter file: the path of a file of rules.
  /// - Throws: `ConfigurationError`, `ConfigFile.Unreadable`, `TermsError`, `UsageError`, `StoreError`,
  ///   `FactGathering.Failure`, `PostgresError`, `LedgerError`.
  package static func run(
    _ options: Administration.Options, order id: String, file: String?
  ) async throws -> CommandReport {
    let environment = ProcessInfo.processInfo.environment
    // First the file that is to be tried: it is what the user is at work on.
    let tried = try file.map { try TermsSource(file: $0, environment: environment).book() }
    let configuration = try Configuration(environment: environment)
    try CalledStore.check(configuration, named: options.store)
    let book = tried ?? configuration.terms
    return try await Administration.withPool(configuration, isReadOnly: true) { pool in
      try await LedgerMigrations.requireUpToDate(pool)
      let store = try await CalledStore.require(configuration, named: options.store, pool)
      guard
        let known = try await StoreRepository(pool).all()
          .first(where: { $0.address == store.address.canonical })
      else { throw UsageError("the ledger has nothing of the store \(store.address) yet") }
      guard let keys = try Laurel.standingCodeKeys(configuration) else {
        throw UsageError("LAUREL_CODE_KEY is not set, and no key was made yet")
      }
      let transport = try HTTPTransport()
      do {
        let connected = ConnectedStore(
          id: known.id, address: store.address, client: store.client(transport))
        let report = try await report(
          id, connected, book, keys, pool, waitsForHistory: configuration.history.isRead)
        await transport.shutdown()
        guard let report else {
          return CommandReport("", failures: ["the store knows no order \(id)"])
        }
        return CommandReport(options.isJSON ? try CommandReport.json(report) : report.text)
      } catch {
        await transport.shutdown()
        throw error
      }
    }
  }

  private static func report(
    _ id: String, _ store: ConnectedStore, _ book: TermsBook, _ keys: RewardKeys, _ pool: Pool,
    waitsForHistory: Bool
  ) async throws -> Report? {
    guard let order = try await store.client.order(id) else { return nil }
    let standing = try await ReviewRepository(pool).standing(store: store.id, named: id)
    let terms = book.terms(store: store.address, channel: order.channel)
    var settings = WorkSettings()
    settings.waitsForHistory = waitsForHistory
    let examination = try await Examine(pool: pool, store: store, keys: keys, settings: settings)
      .order(order, referral: standing?.id ?? 0, book)
    let judgement = examination.judgement
    let settlement = examination.settlement
    let (outcome, source, rule, reason): (String, String, String?, String?) =
      switch examination.outlook {
      case .wait(let rule, let reason): ("wait", "a condition of the programme", rule, reason)
      case .reject(let rule, let reason): ("reject", "a condition of the programme", rule, reason)
      case .approve:
        (
          judgement?.outcome.rawValue ?? "approve", "the rules", judgement?.rule,
          judgement?.reason
        )
      }
    let isGiven = outcome == "approve" || outcome == "review"
    let award = settlement?.award
    let misfits = settlement?.passedOver ?? examination.campaigns?.choice.passedOver ?? []
    // Those without a budget left stand behind the others there; here all stand as in the file.
    let passedOver = terms.campaigns.flatMap { campaign in
      misfits.filter { $0.campaign == campaign.id }
    }
    return Report(
      orderId: order.id, orderNumber: order.number, outcome: outcome, decidedBy: source,
      rule: rule, reason: reason, score: judgement?.score, rulesVersion: book.version,
      reviewDays: outcome == "review" ? terms.review.days : nil,
      reward: isGiven ? award?.total.map { "\($0)" } : nil, campaign: award?.campaign.id,
      campaignsPassedOver: PassedOverReport(passedOver),
      holdDays: award.flatMap { $0.campaign.holdDays > 0 ? $0.campaign.holdDays : nil },
      rewards: isGiven ? (award?.grants ?? []).map(GivenReport.init) : [],
      standing: standing.map { [$0.state, $0.rule].compactMap(\.self).joined(separator: ", ") },
      requirements: Requirement.all(for: terms.conditions).map { Asked($0, examination.facts) },
      facts: try examination.gathered.map {
        try JSONDecoder().decode([String: KeptJSON].self, from: Data($0.sheet.json.utf8))
      },
      rules: judgement?.outcomes.map(DecisionReport.Said.init))
  }
}
