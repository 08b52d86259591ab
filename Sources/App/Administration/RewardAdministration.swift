package import FoundationEssentials
package import Ledger
import Postgres

/// `laurel rewards`: what is owed and what was paid, and the human's say in it.
package enum RewardAdministration {
  /// Which rewards are listed.
  package enum Selection: Sendable {
    /// All of them, or those in one status.
    case status(RewardRepository.Status?)
    /// Those that wait for approval.
    case waiting
  }

  /// The newest rewards of a selection.
  package static func list(
    _ options: Administration.Options, _ selection: Selection, limit: Int
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let review = RewardReview(administration.pool)
      let store = administration.store
      let accounts =
        switch selection {
        case .status(let status):
          try await review.list(store: store, status: status?.rawValue, limit: limit)
        case .waiting:
          try await review.waiting(store: store, rollout: administration.rollout, limit: limit)
        }
      let reports = accounts.map { RewardReport($0, rollout: administration.rollout) }
      if administration.isJSON { return CommandReport(try CommandReport.json(reports)) }
      return CommandReport(RewardReport.table(reports))
    }
  }

  /// Everything about one reward.
  package static func show(
    _ options: Administration.Options, _ id: UUID
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      guard
        let account = try await RewardReview(administration.pool)
          .find(store: administration.store, id)
      else { return CommandReport("", failures: ["there is no reward \(name(id))"]) }
      let report = RewardReport(account, rollout: administration.rollout)
      return CommandReport(
        administration.isJSON ? try CommandReport.json(report) : report.text)
    }
  }

  /// Releases rewards that wait, and sends dead ones to the work again.
  package static func approve(
    _ options: Administration.Options, _ ids: [UUID], note: String?
  ) async throws -> CommandReport {
    try await each(options, ids) { administration, id in
      if try await RewardReview(administration.pool)
        .approve(store: administration.store, id, note: note)
      {
        return nil
      }
      return { account in
        if account.status == "pending" {
          return "is approved already"
        }
        return "is \(account.status); only a pending or a dead reward can be approved"
      }
    } done: {
      "approved"
    }
  }

  /// Refuses rewards for good.
  package static func reject(
    _ options: Administration.Options, _ ids: [UUID], reason: String
  ) async throws -> CommandReport {
    try await each(options, ids) { administration, id in
      let isRejected = try await administration.pool.transaction { session in
        try await RewardReview(session).reject(store: administration.store, id, reason: reason)
      }
      if isRejected { return nil }
      return { account in
        if let firstAttemptAt = account.firstAttemptAt, account.status == "pending" {
          return "is being tried since \(firstAttemptAt.formatted(.iso8601)), so the store may "
            + "have it already; only a reward that was never tried, or a dead one, can be rejected"
        }
        return "is \(account.status); only a reward that was never tried, or a dead one, can be "
          + "rejected"
      }
    } done: {
      "rejected"
    }
  }

  /// Acts on rewards one after the other. `act` gives nothing when it is done, else what explains
  /// the refusal from the reward as it stands.
  private static func each(
    _ options: Administration.Options, _ ids: [UUID],
    act: (Administration, UUID) async throws -> ((RewardReview.Account) -> String)?,
    done: () -> String
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      var actions: [CommandAction] = []
      for id in ids {
        guard let refusal = try await act(administration, id) else {
          actions.append(CommandAction(id: name(id), done: true, detail: done()))
          continue
        }
        let account = try await RewardReview(administration.pool)
          .find(store: administration.store, id)
        actions.append(
          CommandAction(
            id: name(id), done: false, detail: account.map(refusal) ?? "there is no such reward"))
      }
      return try .actions(actions, asJSON: administration.isJSON)
    }
  }

  private static func name(_ id: UUID) -> String { id.uuidString.lowercased() }
}
