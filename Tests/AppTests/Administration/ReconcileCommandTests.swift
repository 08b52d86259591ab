import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// The real `laurel reconcile`.
@Suite(.timeLimit(.minutes(3))) struct ReconcileCommandTests {
  /// What `--json` prints, in part.
  struct Report: Decodable {
    struct Account: Decodable {
      struct Entry: Decodable, Equatable {
        let count: Int
        let amount: String
      }
      let currency: String
      let due: Entry
      let issued: Entry
      let adopted: Entry
      let outstanding: String
      let balanceAtStore: String
    }
    struct Item: Decodable {
      let kind: String
      let rewardId: String?
      let detail: String
      let isRepaired: Bool
    }
    let codes: Int
    let adopting: Int
    let remaining: Int
    let statements: [Account]
    let differences: [Item]
  }

  /// Runs the command on the shop's ledger and store.
  private static func run(
    _ shop: TestShop, _ database: TestDatabase, _ arguments: String...
  ) async throws -> TestProcess.Ending {
    let address = try #require(try await StoreRepository(shop.pool).all().first?.address)
    var environment = TestShop.environment(storeURL: address, token: await shop.sandbox.app.token)
    environment["DATABASE_URL"] = database.connectionString
    environment["LAUREL_DATA_DIR"] = "/nonexistent"
    return try await TestProcess.with(["reconcile"] + arguments, environment: environment)
  }

  private static func report(_ ended: TestProcess.Ending) throws -> Report {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    // What is left over stands behind the JSON, on standard error.
    let lines = ended.output.split(separator: "\n").filter { !$0.hasPrefix("laurel: ") }
    return try decoder.decode(Report.self, from: Data(lines.joined(separator: "\n").utf8))
  }

  @Test func itReportsAndThenPutsRight() async throws {
    try await TestDatabase.with { database in
      try await TestShop.open(on: database) { shop async throws in
        let orders = try await shop.rewardOrders(1...3)
        // Issued long enough ago to be compared.
        try await shop.pool.execute("UPDATE rewards SET issued_at = now() - interval '1 hour'")
        let well = try await Self.run(shop, database, "--check")
        #expect(well.status == 0, "\(well.output)")
        #expect(well.output.contains("Ledger and store agree: 3 promo codes."))
        #expect(well.output.contains("31.5"))
        for card in await shop.sandbox.cards {
          #expect(!well.output.contains(card.code), "the code is money")
        }

        try await shop.pool.execute("DELETE FROM rewards WHERE order_id = \(orders[0].id)")
        let checked = try await Self.run(shop, database, "--check", "--json")
        #expect(checked.status == 1)
        #expect(checked.output.contains("laurel: ledger and store differ in 1 points"))
        let report = try Self.report(checked)
        #expect(report.codes == 3 && report.remaining == 1)
        #expect(report.differences.map(\.kind) == ["unknown"])
        #expect(report.statements.first?.due == .init(count: 2, amount: "21"))

        let repaired = try await Self.run(shop, database, "--json")
        #expect(repaired.status == 0, "\(repaired.output)")
        #expect(try Self.report(repaired).adopting == 1)
        try await shop.waitForRewards(3, .issued)
        let after = try Self.report(try await Self.run(shop, database, "--json"))
        #expect(after.statements.first?.adopted == .init(count: 1, amount: "10.5"))
        #expect(after.statements.first?.balanceAtStore == "31.5")

        // Not the one that was taken over just now, which a replica may not have yet.
        let old = await shop.sandbox.cards
          .first { $0.privateMetadata["laurel.order_id"] == orders[1].id }
        await shop.sandbox.delete(card: try #require(old).id)
        let gone = try await Self.run(shop, database)
        #expect(gone.status == 1)
        #expect(gone.output.contains("the store no longer has it"), "\(gone.output)")
      }
    }
  }

  @Test func aStoreThatDoesNotAnswerGivesNoResult() async throws {
    try await TestDatabase.with { database in
      try await TestShop.open(on: database) { shop async throws in
        _ = try await shop.rewardOrders(1...1)
        await shop.sandbox.set(tokenWorks: false)
        let ended = try await Self.run(shop, database, "--check")
        #expect(ended.status == 1)
        #expect(ended.output.contains("permission_denied"), "\(ended.output)")
        #expect(!ended.output.contains("gone"))
      }
    }
  }

  @Test func withoutAStoreItIsUsedWrongly() async throws {
    let ended = try await TestProcess.with(["reconcile"], environment: [:])
    #expect(ended.status == 64)
    #expect(ended.output.contains("SALEOR_API_URL is missing"))
  }
}
