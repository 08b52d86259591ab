import Domain
import Ledger
import Postgres
import Sandbox
import Testing

/// How much of the inbox is in memory at once.
@Suite struct BatchTests {
  /// Takes from an inbox with bodies of these many bytes until nothing is left, and gives how many
  /// each batch had.
  private static func batches(_ sizes: [Int], limit: Int, bytes: Int) async throws -> [Int] {
    try await TestDatabase.with { database in
      try await database.withPool { pool async throws in
        let store = try #require(
          try await pool.first("INSERT INTO stores (address) VALUES ('a') RETURNING id") { row in
            StoreID(try row.decode("id", as: Int.self))
          })
        let inbox = InboxRepository(pool)
        for (number, size) in sizes.enumerated() {
          _ = try await inbox.insert([
            .init(
              store: store, eventID: [UInt8](repeating: UInt8(200 - number), count: 32),
              event: "OrderPaid", orderID: nil, isUsed: true,
              body: [UInt8](repeating: UInt8(number), count: size))
          ])
        }
        var counts: [Int] = []
        var taken = 0
        repeat {
          let places = try await inbox.queue(store: store, limit: limit, bytes: bytes)
          let batch = try await inbox.take(store: store, places: places.map(\.id))
          // The oldest first, with their own bodies.
          for waiting in batch { #expect(sizes[taken...].contains(waiting.body.count)) }
          taken += batch.count
          counts.append(batch.count)
        } while counts.last != 0
        #expect(taken == sizes.count)
        return counts
      }
    }
  }

  @Test func aBatchIsBoundByItsBytes() async throws {
    #expect(
      try await Self.batches([100, 100, 100, 400, 10, 10], limit: 256, bytes: 250)
        == [2, 1, 1, 2, 0])
  }

  @Test func aBatchIsBoundByItsDeliveries() async throws {
    #expect(try await Self.batches([1, 2, 0, 4, 5], limit: 2, bytes: 1000) == [2, 2, 1, 0])
  }

  @Test func manyLargeDeliveriesAreAllLinked() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let padding = String(repeating: "x", count: 1 << 20)
      for number in 1...10 {
        var order = DecisionTests.paid(number, email: "friend\(number)@example.com")
        await shop.sandbox.put(order)
        order.fields["padding"] = .string(padding)
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      }
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 10)
    }
  }
}
