import FoundationEssentials
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

/// What is signed beside the event: for whom, what and when.
@Suite struct EnvelopeTests {
  private static let order = DecisionTests.paid(1, email: "bob@example.com")

  @Test func aDeliveryForAnotherAppIsRefused() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop { shop async throws in
        let foreign = store.body(.orderFullyPaid, Self.order, recipient: "QXBwOjk=")
        #expect(try await store.deliver(foreign, to: shop).status == 401)
        // Without the member, anybody's webhook at this store could have sent it.
        let unnamed = Array(RefusalTests.order.utf8)
        #expect(try await store.deliver(unnamed, to: shop).status == 401)
        let own = store.body(.orderFullyPaid, Self.order)
        #expect(try await store.deliver(own, to: shop).json["status"] == "accepted")
        let gone = #"{"__typename": "AppDeleted", "app": {"id": "QXBwOjI="}}"#
        #expect(
          try await store.deliver(Array(gone.utf8), to: shop).json["status"] == "ignored")
        #expect(try await shop.count("SELECT count(*) FROM inbox") == 2)
      }
    }
  }

  @Test func aNewInstallationIsKnownWithoutDelay() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop { shop async throws in
        let body = store.body(.orderFullyPaid, Self.order, recipient: "QXBwOjk=")
        #expect(try await store.deliver(body, to: shop).status == 401)
        store.standing.withLockedValue { $0.appID = "QXBwOjk=" }
        // The ledger is looked at once a second at most; the delivery waits for it.
        #expect(try await store.deliver(body, to: shop).status == 200)
      }
    }
  }

  @Test func theBodyNamesTheEventAndNotTheHeader() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop { shop async throws in
        let body = store.body(.orderFullyPaid, Self.order)
        let answer = try await store.deliver(body, to: shop, event: "order_updated")
        #expect(answer.json["status"] == "accepted")
        #expect(
          try await shop.count("SELECT count(*) FROM inbox WHERE event = 'OrderFullyPaid'") == 1)
        let said = "names another event"
        #expect(shop.logLines.withLockedValue { $0 }.contains { $0.contains(said) })
        shop.logLines.withLockedValue { $0 = [] }
        let other = store.body(.orderFullyPaid, Self.order, salt: 1)
        _ = try await store.deliver(other, to: shop, event: "order_fully_paid")
        #expect(!shop.logLines.withLockedValue { $0 }.contains { $0.contains(said) })
      }
    }
  }

  @Test func anOldDeliveryIsTakenAndCounted() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop { shop async throws in
        for (age, late) in [(0.0, 0.0), (3500, 0), (3700, 1), (86_400, 2)] {
          let body = store.body(
            .orderFullyPaid, Self.order, issuedAt: Date().addingTimeInterval(-age))
          #expect(try await store.deliver(body, to: shop).json["status"] == "accepted")
          let scrape = try await Scrape(shop)
          #expect((scrape.value("laurel_late_deliveries_total") ?? 0) == late)
        }
      }
    }
  }
}
