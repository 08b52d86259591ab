import Domain
import FoundationEssentials
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// Two stores in one process, with the same ids, addresses and codes: nothing of one reaches the
/// other.
@Suite struct SeveralStoresTests {
  private struct Listed: Decodable, Sendable {}

  private static func issue(
    _ shop: TestShop, store: String?, user: String = "VXNlcjox", code: String = "ALICE10"
  ) async throws -> Int {
    let member = store.map { #", "store": "\#($0)""# } ?? ""
    return try await shop.issueCode(
      #"{"user_id": "\#(user)", "email": "alice@example.com", "code": "\#(code)"\#(member)}"#
    ).status
  }

  /// Delivers to the environment's store.
  private static func deliver(
    _ shop: TestShop, _ body: [UInt8], apiURL: String?
  ) async throws -> TestAnswer {
    try await shop.post(
      "/webhooks/saleor", body,
      headers: [
        ("Content-Type", "application/json"),
        ("Saleor-Signature", try TestShop.signature(of: body)),
      ] + (apiURL.map { [("Saleor-Api-Url", $0)] } ?? []))
  }

  @Test func theSameOrderAtTwoStoresIsTwoOrders() async throws {
    try await TestDatabase.with { database async throws in
      try await InstalledStore.with { store async throws in
        try await store.openShop(on: database) { shop async throws in
          let other = store.address.canonical
          #expect(try await Self.issue(shop, store: nil) == 422)
          #expect(try await Self.issue(shop, store: "shop") == 422)
          #expect(try await Self.issue(shop, store: "https://c.example.com/graphql/") == 422)
          #expect(try await Self.issue(shop, store: shop.storeURL) == 201)
          #expect(try await Self.issue(shop, store: shop.storeURL) == 200)
          #expect(try await Self.issue(shop, store: other) == 201)
          #expect(
            try await Self.issue(shop, store: shop.storeURL, user: "VXNlcjoy", code: "ONLYHERE")
              == 201)

          let order = DecisionTests.paid(1, email: "bob@example.com")
          await shop.sandbox.put(order)
          await store.sandbox.put(order)
          let body = store.body(.orderFullyPaid, order)
          // Each store's signature counts for that store alone, whatever the header says.
          #expect(
            try await store.deliver(body, to: shop, apiURL: shop.storeURL).status == 401)
          #expect(try await Self.deliver(shop, body, apiURL: other).status == 401)
          #expect(try await Self.deliver(shop, body, apiURL: nil).status == 401)
          #expect(
            try await store.deliver(body, to: shop, apiURL: "https://c.example.com/graphql/")
              .status == 401)
          #expect(try await shop.count("SELECT count(*) FROM inbox") == 0)

          #expect(try await store.deliver(body, to: shop).json["status"] == "accepted")
          try await shop.settle()
          #expect(await store.sandbox.cards.count == 1)
          #expect(await shop.sandbox.cards.isEmpty)
          let rows = try await shop.count(
            """
            SELECT (SELECT count(*) FROM inbox WHERE store_id = \(shop.store.value))
              + (SELECT count(*) FROM referrals WHERE store_id = \(shop.store.value))
              + (SELECT count(*) FROM rewards WHERE store_id = \(shop.store.value)) AS count
            """)
          #expect(rows == 0)

          // The very same bytes are new to the other store, and pay there too.
          #expect(
            try await Self.deliver(shop, body, apiURL: shop.storeURL).json["status"]
              == "accepted")
          try await shop.settle()
          #expect(await shop.sandbox.cards.count == 1)
          #expect(await store.sandbox.cards.count == 1)
          let codes = await shop.sandbox.cards.map(\.code) + store.sandbox.cards.map(\.code)
          #expect(Set(codes).count == 2)

          // A code of one store is unknown in the other.
          let stray = DecisionTests.paid(2, email: "carol@example.com", code: "ONLYHERE")
          await store.sandbox.put(stray)
          #expect(
            try await store.deliver(store.body(.orderFullyPaid, stray), to: shop).status == 200)
          try await shop.settle()
          #expect(await store.sandbox.cards.count == 1)
          #expect(
            try await shop.count(
              "SELECT count(*) FROM referrals WHERE rule = 'code_known'") == 1)

          let scrape = try await Scrape(shop)
          #expect(scrape.values("laurel_rewards", by: "status") == ["issued": 2])
          try await Self.commands(database, shop, other)
        }
      }
    }
  }

  /// The commands show the store that is asked for and no other.
  private static func commands(
    _ database: TestDatabase, _ shop: TestShop, _ other: String
  ) async throws {
    let commands = Commands(database: database, rollout: "all")
    let ended = try await commands("events", "list")
    #expect(ended.status == 64, "\(ended.output)")
    for (store, events) in [(shop.storeURL, 1), (other, 2)] {
      let listed = try await commands.json(
        "events", "list", "--store", store, as: [Listed].self)
      #expect(listed.count == events)
      let rewards = try await commands.json(
        "rewards", "list", "--store", store, as: [Listed].self)
      #expect(rewards.count == 1)
    }
    let ids = try await shop.rewardIDs()
    try #require(ids.count == 2)
    var found = 0
    for id in ids {
      found += try await commands("rewards", "show", id, "--store", other).status == 0 ? 1 : 0
    }
    #expect(found == 1)
  }
}
