import Domain
import Ledger
import Postgres
import Rules

/// `laurel rules explain`: every decision on an order, and why.
package enum RulesExplain {
  /// A referral and its decisions, as the command prints them.
  private struct Report: Encodable {
    let referralId: Int
    let orderId: String
    let state: String
    let rule: String?
    let reason: String?
    let rewards: [GivenReport]
    let decisions: [DecisionReport]

    var text: String {
      var table = TextTable()
      table.add(["referral", "\(referralId)"])
      table.add(["order", orderId])
      table.add(["state", state])
      if let rule { table.add(["rule", rule]) }
      if let reason { table.add(["reason", reason]) }
      let none = decisions.isEmpty ? ["No decision is kept."] : []
      let given = [table.text, GivenReport.text(rewards)].compactMap(\.self)
      return (given + decisions.map(\.text) + none).joined(separator: "\n\n")
    }
  }

  /// Explains a referral by its number or its order's id.
  /// - Parameter replays: whether to play the stored facts by the stored rules; a decision that does
  ///   not come out the same fails the command.
  /// - Throws: what the database throws, `DecodingError` or `StoredJSONError` when what is kept
  ///   cannot be read.
  package static func run(
    _ options: Administration.Options, _ name: String, replays: Bool
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let store = administration.store
      guard
        let standing = try await ReviewRepository(administration.pool)
          .standing(store: store, named: name)
      else { return CommandReport("", failures: ["no order with a code is known as \(name)"]) }
      let address = try await StoreRepository(administration.pool).all()
        .first { $0.id == store }.flatMap { StoreAddress($0.address) }
      let kept = try await DecisionRepository(administration.pool)
        .all(store: store, referralID: standing.id)
      let rewards = try await CampaignRepository(administration.pool)
        .given(store: store, referralID: standing.id)
      var failures: [String] = []
      let decisions = try kept.map { decision in
        let replay = replays ? try play(decision, address) : nil
        if let replay, !replay.isSame {
          failures.append("decision \(decision.id) does not come out the same")
        }
        return try DecisionReport(decision, replay: replay)
      }
      let report = Report(
        referralId: standing.id, orderId: standing.orderID, state: standing.state,
        rule: standing.rule, reason: standing.reason, rewards: rewards.map(GivenReport.init),
        decisions: decisions)
      return CommandReport(
        administration.isJSON ? try CommandReport.json(report) : report.text,
        failures: failures)
    }
  }

  private static func play(
    _ kept: DecisionRepository.Kept, _ address: StoreAddress?
  ) throws -> Replay? {
    guard let address else { return Replay(failure: "the store's address cannot be read") }
    let record = kept.record
    guard let book = TermsSource.kept(record.rulesText, version: record.rulesVersion).book else {
      return Replay(failure: "this version of Laurel cannot read the file of that day")
    }
    let terms = book.terms(store: address, channel: record.channel ?? "")
    return try Replay(kept, terms)
  }
}
