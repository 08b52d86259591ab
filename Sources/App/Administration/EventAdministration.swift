import FoundationEssentials
package import Ledger
import Postgres
import Signing

/// `laurel events`: what the store delivered, and the way back into the work.
package enum EventAdministration {
  /// The newest deliveries that match.
  package static func list(
    _ options: Administration.Options, _ filter: EventArchive.Filter, limit: Int
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let events = try await EventArchive(administration.pool)
        .list(store: administration.store, filter, limit: limit)
      let reports = events.map(EventReport.init)
      if administration.isJSON { return CommandReport(try CommandReport.json(reports)) }
      return CommandReport(EventReport.table(reports))
    }
  }

  /// Everything about one delivery and what followed from it.
  package static func show(
    _ options: Administration.Options, _ key: EventKey
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let store = administration.store
      let event: EventArchive.Event
      switch try await find(administration, key) {
      case .success(let found): event = found
      case .failure(let problem): return CommandReport("", failures: [problem.reason])
      }
      var report = EventReport(event)
      if let orderID = event.orderID {
        report.referral = try await ReferralRepository(administration.pool)
          .find(store: store, orderID: orderID).map(EventReport.Referral.init)
        report.rewards = try await RewardReview(administration.pool)
          .find(store: store, orderID: orderID)
          .map { .init(id: $0.id.uuidString.lowercased(), status: $0.status) }
      }
      return CommandReport(
        administration.isJSON ? try CommandReport.json(report) : report.text)
    }
  }

  /// Puts deliveries into the queue again.
  package static func replay(
    _ options: Administration.Options, _ keys: [EventKey]
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      var actions: [CommandAction] = []
      for key in keys { actions.append(try await replay(administration, key)) }
      return try .actions(actions, asJSON: administration.isJSON)
    }
  }

  /// Puts every delivery of one outcome into the queue again.
  package static func replayAll(
    _ options: Administration.Options, outcome: InboxRepository.Outcome
  ) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let (queued, withoutBody) = try await administration.pool.transaction { session in
        try await EventArchive(session).replayAll(store: administration.store, outcome: outcome)
      }
      if administration.isJSON {
        return CommandReport(
          try CommandReport.json(["queued": queued, "without_body": withoutBody]))
      }
      let left = withoutBody == 0 ? "" : "; \(withoutBody) have no body any more"
      return CommandReport("queued \(queued)\(left)")
    }
  }

  private static func replay(
    _ administration: Administration, _ key: EventKey
  ) async throws -> CommandAction {
    let event: EventArchive.Event
    switch try await find(administration, key) {
    case .success(let found): event = found
    case .failure(let problem):
      return CommandAction(id: problem.id, done: false, detail: problem.reason)
    }
    let outcome = try await administration.pool.transaction { session in
      try await EventArchive(session).replay(store: administration.store, event.id)
    }
    let id = Hex.encode(event.id)
    return switch outcome {
    case .queued: CommandAction(id: id, done: true, detail: "queued again")
    case .waiting: CommandAction(id: id, done: true, detail: "waits in the queue already")
    case .withoutBody:
      CommandAction(
        id: id, done: false,
        detail: "its body is not kept, so there is nothing to replay")
    }
  }

  /// Why there is no one delivery of a key.
  private struct Problem: Error {
    let id: String
    let reason: String
  }

  private static func find(
    _ administration: Administration, _ key: EventKey
  ) async throws -> Result<EventArchive.Event, Problem> {
    let found = try await EventArchive(administration.pool)
      .find(store: administration.store, from: key.first, to: key.last)
    guard let event = found.first else {
      return .failure(Problem(id: key.text, reason: "no delivery has a key like \(key.text)"))
    }
    guard found.count == 1 else {
      return .failure(
        Problem(id: key.text, reason: "several keys begin with \(key.text); give more of it"))
    }
    return .success(event)
  }
}
