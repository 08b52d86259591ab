import App
import Domain
import FoundationEssentials
import Glibc
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// The reading of a store's past orders, by a process that ends itself on the way.
@Suite struct HistoryCrashTests {
  /// Where it ends itself: at the beginning, in the middle, and around the last commit.
  private static let points = [
    "commit.HistoryRepository.claim.after:1", "store.OrderCount.after:1",
    "store.PastOrders.before:2", "store.PastOrders.after:2", "commit.History.readPage.before:2",
    "commit.History.readPage.after:2", "commit.History.readPage.before:3",
    "commit.History.readPage.after:3",
  ]

  @Test(.timeLimit(.minutes(5))) func aReadingThatIsKilledIsTakenUp() async throws {
    try await CrashShop.open(["LAUREL_POLL_SECONDS": "0"], campaigns: [.standard]) { shop in
      for number in 1...250 {
        await shop.sandbox.put(
          .paid(
            number: number, total: 5, email: "old\(number)@example.com",
            created: Date() - 86_400 + Double(number)))
      }
      let pool = try Pool(shop.database.configuration())
      for point in Self.points {
        let killed = try await TestProcess.with(
          ["serve"], environment: shop.environment.merging(["FAILPOINT": point]) { $1 })
        #expect(killed.status == -Int(SIGKILL), "\(point)")
        let before = try #require(try await Self.progress(pool))
        #expect(before.isComplete == (point == "commit.History.readPage.after:3"), "\(point)")
        try await Keeper.with(environment: shop.environment) { _ in
          while try await Self.progress(pool)?.isComplete != true {
            try await Task.sleep(for: .milliseconds(50))
          }
        }
        #expect(try await Self.progress(pool)?.seen == 250, "\(point)")
        let buyers = try await pool.first("SELECT count(*) AS count FROM buyers") { row in
          try row.decode("count", as: Int.self)
        }
        #expect(buyers == 250, "\(point)")
        try await pool.execute("DELETE FROM buyers")
        try await pool.execute("DELETE FROM history_marks")
      }
      #expect(await shop.sandbox.cards.isEmpty)
      await pool.close()
    }
  }

  /// How far the only store's past orders have been read; `nil` without a store.
  private static func progress(_ pool: Pool) async throws -> HistoryRepository.Progress? {
    guard let store = try await StoreRepository(pool).all().first else { return nil }
    return try await HistoryRepository(pool).progress(store: store.id)
  }
}
