import Ledger
import Postgres
import SaleorAPI

/// One thing that `laurel doctor` looks at, independent of the others.
struct Check: Sendable {
  /// What is looked at.
  let name: String
  /// Looks, and says what was found: one finding, or one for each of several things.
  let look: @Sendable () async throws -> [Finding]

  /// What one check found.
  struct Result: Sendable {
    /// The check's name.
    let name: String
    /// What it found.
    let findings: [Finding]
    /// The check that says why this one could not look; `nil` when it could.
    let obstacle: String?
  }

  /// The check of the database, for which checks of the ledger wait in vain when it is down.
  static let database = "database"
  /// The check of the schema.
  static let migrations = "migrations"
  /// The check of the store's answers.
  static let store = "store"
  /// The check of the token.
  static let token = "token"

  /// Looks, for at most `limit`: a check that hangs is told from one that finds nothing.
  func result(within limit: Duration) async -> Result {
    await withTaskGroup { group in
      group.addTask { await result() }
      group.addTask {
        try? await Task.sleep(for: limit)
        return Result(
          name: name,
          findings: [
            .wrong(
              "there was no answer within \(limit.components.seconds) seconds",
              "see what keeps it waiting, and ask again")
          ], obstacle: nil)
      }
      let first = await group.next()
      // The looks give way: every call that they wait on ends when its task is cancelled.
      group.cancelAll()
      return first ?? Result(name: name, findings: [], obstacle: nil)
    }
  }

  private func result() async -> Result {
    do {
      return Result(name: name, findings: try await look(), obstacle: nil)
    } catch {
      let finding = Finding.wrong(Self.sentence(for: error), Self.advice(for: error))
      return Result(name: name, findings: [finding], obstacle: Self.obstacle(in: error))
    }
  }

  private static func sentence(for error: any Error) -> String {
    guard let error = error as? StoreError, error.code == .unreachable else {
      return "this could not be looked at: \(error)"
    }
    return "the store does not answer: \(error.message)"
  }

  /// The check that explains `error`.
  private static func obstacle(in error: any Error) -> String? {
    switch error {
    case let error as StoreError:
      switch error.code {
      case .unreachable, .unavailable: store
      case .permissionDenied: token
      default: nil
      }
    case let error as PostgresError:
      switch error.code {
      case .connectionFailed, .connectionLost: database
      // A table or a column that is not there.
      case .server("42P01"), .server("42703"): migrations
      default: nil
      }
    default: nil
    }
  }

  /// What to do about an error that is not expected where it stands.
  static func advice(for error: any Error) -> String {
    switch error {
    case let error as StoreError where error.code == .permissionDenied:
      "grant the App the permission that the message names"
    case is StoreError: "look at the store's address and at its own log, and ask again"
    case is PostgresError, is LedgerError:
      "look at DATABASE_URL and run laurel migrate status, and ask again"
    default: "repair what the message names, and ask again"
    }
  }
}

extension [Check] {
  /// The findings of all checks, which look at the same time. What could not be looked at because of
  /// what another check found is told as skipped.
  func results(within limit: Duration) async -> [Check.Result] {
    let results = await withTaskGroup { group in
      for (position, check) in enumerated() {
        group.addTask { (position, await check.result(within: limit)) }
      }
      var results: [(Int, Check.Result)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
    let wrong = Set(
      results.filter { result in result.findings.contains { $0.state == .wrong } }.map(\.name))
    return results.map { result in
      guard let obstacle = result.obstacle, obstacle != result.name, wrong.contains(obstacle) else {
        return result
      }
      let finding = Finding(
        state: .skipped, sentence: "not looked at, because of what stands at: \(obstacle)",
        advice: nil)
      return Check.Result(name: result.name, findings: [finding], obstacle: nil)
    }
  }
}
