import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

extension TestShop {
  /// A shop and its database, for commands beside it.
  static func withCommands(
    _ environment: [String: String] = [:],
    _ body: (TestShop, Commands) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await open(on: database, environment: environment) { shop in
        try await body(
          shop, Commands(database: database, rollout: environment["LAUREL_ROLLOUT"] ?? "all"))
      }
    }
  }

  /// Has Alice's code used in paid orders, by a friend each; gives the orders.
  @discardableResult
  func payOrders(_ numbers: ClosedRange<Int>) async throws -> [SandboxOrder] {
    let orders = numbers.map { DecisionTests.paid($0, email: "friend\($0)@example.com") }
    for order in orders {
      await sandbox.put(order)
      #expect(try await deliver(body(.orderFullyPaid, order)).status == 200)
    }
    return orders
  }

  /// Waits until this many rewards are in a status.
  func waitForRewards(
    _ number: Int, _ status: RewardRepository.Status,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await eventually(
      "there are not \(number) rewards \(status.rawValue)", sourceLocation: sourceLocation
    ) {
      try await count(
        "SELECT count(*) AS count FROM rewards WHERE status = \(status.rawValue)") == number
    }
  }

  /// The ids of all rewards, oldest first.
  func rewardIDs() async throws -> [String] {
    try await pool.rows("SELECT id FROM rewards ORDER BY created_at, id") { row in
      try row.decode("id", as: UUID.self).uuidString.lowercased()
    }
  }
}

/// The real program's commands on a test's database.
struct Commands: Sendable {
  let database: TestDatabase
  let rollout: String
  /// More of the environment.
  var more: [String: String] = [:]

  /// Runs one command.
  func callAsFunction(_ arguments: String...) async throws -> TestProcess.Ending {
    try await self(arguments)
  }

  /// Runs one command.
  func callAsFunction(_ arguments: [String]) async throws -> TestProcess.Ending {
    try await TestProcess.with(arguments, environment: environment)
  }

  private var environment: [String: String] {
    [
      "DATABASE_URL": database.connectionString, "LAUREL_ROLLOUT": rollout,
      "LAUREL_DATA_DIR": "/nonexistent",
    ].merging(more) { $1 }
  }

  /// Runs one command that prints JSON.
  func json<Value: Decodable>(_ arguments: String..., as type: Value.Type) async throws -> Value {
    let ended = try await TestProcess.with(
      arguments + ["--json"], environment: environment)
    #expect(ended.status == 0, "\(ended.output)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(ended.output.utf8))
  }
}
