import Domain
import FoundationEssentials
package import Ledger
import Postgres

/// `laurel review`: the cases that somebody has to look at, and his decisions.
package enum ReviewAdministration {
  /// How the ledger names what a person refused.
  private static let rule = "review"

  /// On which cases somebody decides.
  package enum Selection: Sendable {
    /// Those with these numbers, or of these orders.
    case named([String])
    /// All open ones of a filter.
    case all(ReviewRepository.Filter)
  }

  /// What somebody decides.
  package enum Verdict: Sendable {
    /// The reward is given, if the order still meets the requirements.
    case approve
    /// It is not.
    case reject
  }

  /// The cases of a filter: those in one state, or all that are not done.
  package static func list(
    _ options: Administration.Options, _ state: ReviewRepository.State?,
    _ filter: ReviewRepository.Filter
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let reviews = ReviewRepository(administration.pool)
      let cases =
        state == .done
        ? try await reviews.done(store: administration.store, filter)
        : try await reviews.pending(store: administration.store, state, filter)
      let reports = cases.map { ReviewReport($0) }
      return CommandReport(
        administration.isJSON
          ? try CommandReport.json(reports) : ReviewReport.table(reports))
    }
  }

  /// Everything about one case, and similar ones.
  package static func show(
    _ options: Administration.Options, _ name: String
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let reviews = ReviewRepository(administration.pool)
      let store = administration.store
      guard let id = try await reviews.standing(store: store, named: name)?.id,
        let found = try await reviews.find(store: store, id)
      else { return CommandReport("", failures: ["\(name) is no case of the review queue"]) }
      let report = try ReviewReport(
        found,
        rewards: try await CampaignRepository(administration.pool)
          .given(store: store, referralID: id),
        decisions: try await DecisionRepository(administration.pool)
          .all(store: store, referralID: id),
        similar: try await reviews.similar(store: store, to: found))
      return CommandReport(
        administration.isJSON ? try CommandReport.json(report) : report.text)
    }
  }

  /// Decides on cases. What was decided meanwhile is refused with a reason.
  ///
  /// - Parameters:
  ///   - isConfirmed: whether somebody has said yes to a decision on all cases of a filter.
  ///   - isTrial: whether to tell only what would be decided.
  package static func decide(
    _ options: Administration.Options, _ verdict: Verdict, _ selection: Selection,
    note: String?, isConfirmed: Bool, isTrial: Bool
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let reviews = ReviewRepository(administration.pool)
      var names: [String]
      switch selection {
      case .named(let given): names = given
      case .all(let filter):
        names = try await reviews.pending(store: administration.store, .open, filter)
          .map { "\($0.id)" }
        guard isConfirmed || isTrial else {
          throw UsageError(
            "this decides on \(names.count) cases: see them with --dry-run, confirm with --yes")
        }
      }
      var actions: [CommandAction] = []
      for name in names {
        actions.append(
          try await decide(administration, verdict, name, note: note, isTrial: isTrial))
      }
      return try .actions(actions, asJSON: administration.isJSON)
    }
  }

  private static func decide(
    _ administration: Administration, _ verdict: Verdict, _ name: String, note: String?,
    isTrial: Bool
  ) async throws -> CommandAction {
    let store = administration.store
    guard
      let id = try await ReviewRepository(administration.pool)
        .standing(store: store, named: name)?.id
    else { return CommandAction(id: name, done: false, detail: "there is no such case") }
    let isDone =
      isTrial
      ? false
      : try await administration.pool.transaction { session in
        let reviews = ReviewRepository(session)
        return switch verdict {
        case .approve: try await reviews.approve(store: store, id, note: note)
        case .reject:
          try await reviews.reject(
            store: store, id, rule: rule, reason: note ?? "refused after a review", note: note)
        }
      }
    if isDone {
      return CommandAction(
        id: name, done: true,
        detail: verdict == .approve
          ? "approved; a worker gives the reward if the order still stands" : "rejected")
    }
    let found = try await ReviewRepository(administration.pool).find(store: store, id)
    guard let found, isTrial, found.state == .open else {
      return CommandAction(id: name, done: false, detail: refusal(found))
    }
    let worth = found.reward.map { ", reward \($0)" } ?? ""
    return CommandAction(
      id: name, done: true,
      detail: "would be \(verdict == .approve ? "approved" : "rejected"): order "
        + "\(found.orderNumber), rule \(found.rule)\(worth)")
  }

  private static func refusal(_ found: ReviewRepository.Case?) -> String {
    guard let found else { return "was never in review" }
    switch found.state {
    case .open: return "was decided anew meanwhile; try again"
    case .approved: return "is approved already, and is being carried out"
    case .done:
      let why = found.settledReason.map { " (\($0))" } ?? ""
      return "is decided already: \(found.referralState)\(why)"
    }
  }
}
