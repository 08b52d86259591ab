import Domain
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

  /// Releases rewards that wait, and sends dead ones to the work again, and what is in quarantine.
  /// - Parameter approver: who does; `nil` for whoever runs the command, which is not enough for a
  ///   reward that two people have to release.
  package static func approve(
    _ options: Administration.Options, _ ids: [UUID], by approver: String?, note: String?
  ) async throws -> CommandReport {
    try await each(options, ids) { administration, id in
      let store = administration.store
      if approver == nil,
        let account = try await RewardReview(administration.pool).find(store: store, id),
        account.approvedAt == nil, account.approvalsNeeded > 1
      {
        return .refused { _ in "needs two people: say who you are with --by NAME" }
      }
      let (approval, isReleased) = try await administration.pool.transaction { session in
        let approval = try await RewardReview(session)
          .approve(store: store, id, by: approver ?? Self.operatingUser, note: note)
        switch approval {
        case .released, .refused:
          return (approval, try await Quarantine(session).release(store: store, reward: id))
        case .counted, .again: return (approval, false)
        }
      }
      switch approval {
      case .released: return .done("approved")
      case .counted: return .done("approved by one of two; somebody else has to approve it too")
      case .again:
        return .refused { _ in
          "is approved by \(approver ?? Self.operatingUser) already; somebody else has to approve "
            + "it"
        }
      case .refused where isReleased: return .done("approved")
      case .refused: break
      }
      return .refused { account in
        account.status == "pending"
          ? "is approved already"
          : "is \(account.status); only a pending or a dead reward can be approved"
      }
    }
  }

  /// Refuses rewards for good: those that were never tried, and dead ones.
  package static func reject(
    _ options: Administration.Options, _ ids: [UUID], reason: String
  ) async throws -> CommandReport {
    try await takeBack(options, ids, in: [.pending, .dead], reason: reason) { account in
      "is \(account.status)\(tried(account)); only a reward that was never tried, or a dead one, can "
        + "be rejected: see laurel rewards revoke"
    }
  }

  /// Takes rewards back, whatever the store has of them: there they become worthless.
  package static func revoke(
    _ options: Administration.Options, _ ids: [UUID], reason: String
  ) async throws -> CommandReport {
    let states = Set(RewardLife.State.allCases).subtracting([.revoking, .revoked, .rejected])
    return try await takeBack(options, ids, in: states, reason: reason) { account in
      "is \(account.status) already"
    }
  }

  private static func takeBack(
    _ options: Administration.Options, _ ids: [UUID], in states: Set<RewardLife.State>,
    reason: String, refusal: @escaping (RewardReview.Account) -> String
  ) async throws -> CommandReport {
    try await each(options, ids) { administration, id in
      let state = try await administration.pool.transaction { session in
        try await TakeBackRepository(session)
          .takeBack(store: administration.store, reward: id, in: states, reason: reason)
      }
      return switch state {
      case nil: .refused(refusal)
      case .rejected: .done("rejected")
      default: .done("taken back; a worker makes its code worthless at the store")
      }
    }
  }

  private static func tried(_ account: RewardReview.Account) -> String {
    guard account.status == "pending", let since = account.firstAttemptAt else { return "" }
    return " and is being tried since \(since.formatted(.iso8601)), so the store may have it"
  }

  /// What came of acting on one reward.
  private enum Action {
    /// What was done.
    case done(String)
    /// It was refused; what explains why from the reward as it stands.
    case refused((RewardReview.Account) -> String)
  }

  /// Acts on rewards one after the other.
  private static func each(
    _ options: Administration.Options, _ ids: [UUID],
    act: (Administration, UUID) async throws -> Action
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      var actions: [CommandAction] = []
      for id in ids {
        switch try await act(administration, id) {
        case .done(let detail):
          actions.append(CommandAction(id: name(id), done: true, detail: detail))
        case .refused(let refusal):
          let account = try await RewardReview(administration.pool)
            .find(store: administration.store, id)
          actions.append(
            CommandAction(
              id: name(id), done: false,
              detail: account.map(refusal) ?? "there is no such reward"))
        }
      }
      return try .actions(actions, asJSON: administration.isJSON)
    }
  }

  /// What the operating system calls who runs the command.
  private static var operatingUser: String {
    let name = ProcessInfo.processInfo.userName.trimmingSpace()
    return name.isEmpty ? "admin" : name
  }

  private static func name(_ id: UUID) -> String { id.uuidString.lowercased() }
}
