import Domain
import FoundationEssentials
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

/// Stores that come and go while the process runs.
@Suite struct StoreSupervisorTests {
  @Test func aStoreIsWorkedForFromItsInstallationToItsEnd() async throws {
    try await InstalledStore.with { store async throws in
      store.standing.withLockedValue { $0.isInstalled = false }
      try await store.openShop { shop async throws in
        let orders = (1...3).map { DecisionTests.paid($0, email: "friend\($0)@example.com") }
        for order in orders { await store.sandbox.put(order) }
        let bodies = orders.map { store.body(.orderFullyPaid, $0) }
        #expect(try await store.deliver(bodies[0], to: shop).status == 401)

        store.standing.withLockedValue { $0.isInstalled = true }
        let code =
          #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10", "store": ""#
          + store.address.canonical + #""}"#
        try await shop.eventually("the store is not known") {
          try await shop.issueCode(code).status == 201
        }
        #expect(try await store.deliver(bodies[0], to: shop).status == 200)
        try await shop.eventually("the store is not worked for") {
          await store.sandbox.cards.count == 1
        }

        // Switched off, it still tells what becomes of the App, and nothing is done for it.
        store.standing.withLockedValue { $0.isActive = false }
        try await shop.eventually("the store is not left alone") {
          try await shop.issueCode(code).status == 422
        }
        try await shop.eventually("its work goes on") {
          shop.logLines.withLockedValue { $0 }.contains { $0.contains("work for a store ended") }
        }
        #expect(try await store.deliver(bodies[2], to: shop).json["status"] == "accepted")
        try await Task.sleep(for: .milliseconds(500))
        #expect(await store.sandbox.cards.count == 1)
        #expect(try await shop.count("SELECT count(*) FROM inbox_queue") == 1)

        // On again, with the token of a new installation.
        await store.sandbox.set(token: "another-token")
        store.standing.withLockedValue {
          $0.isActive = true
          $0.token = "another-token"
        }
        try await shop.eventually("the store is not worked for again") {
          await store.sandbox.cards.count == 2
        }

        store.standing.withLockedValue { $0.isInstalled = false }
        try await shop.eventually("the store is still known") {
          try await store.deliver(bodies[2], to: shop).status == 401
        }
        #expect(try await shop.count("SELECT count(*) FROM rewards") == 2)
      }
    }
  }

  @Test func aNewTokenIsUsedAndAStoreThatHangsHoldsNobodyUp() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop { shop async throws in
        for address in [shop.storeURL, store.address.canonical] {
          let answer = try await shop.issueCode(
            #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10", "#
              + #""store": "\#(address)"}"#)
          #expect(answer.status == 201)
        }
        await store.sandbox.inject(
          [SandboxFault](repeating: .delay(.seconds(20)), count: 200), on: "order")
        for number in 1...40 {
          let order = DecisionTests.paid(number, email: "friend\(number)@example.com")
          await store.sandbox.put(order)
          let body = store.body(.orderFullyPaid, order)
          #expect(try await store.deliver(body, to: shop).status == 200)
        }
        try await shop.eventually("the store is not asked") {
          (await store.sandbox.calls["order"] ?? 0) >= 2
        }
        let start = ContinuousClock.now
        for number in 1...20 {
          let order = DecisionTests.paid(number, email: "friend\(number)@example.com")
          await shop.sandbox.put(order)
          let body = shop.body(.orderFullyPaid, order)
          let answer = try await shop.post(
            "/webhooks/saleor", body,
            headers: [
              ("Content-Type", "application/json"),
              ("Saleor-Signature", try TestShop.signature(of: body)),
              ("Saleor-Api-Url", shop.storeURL),
            ])
          #expect(answer.status == 200)
        }
        try await shop.eventually("the healthy store waits for the other") {
          await shop.sandbox.cards.count == 20
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(await store.sandbox.cards.isEmpty)

        // A new token begins the store's work anew, beside what still hangs.
        await store.sandbox.behave()
        await store.sandbox.set(token: "another-token")
        store.standing.withLockedValue { $0.token = "another-token" }
        let late = DecisionTests.paid(50, email: "late@example.com")
        await store.sandbox.put(late)
        #expect(
          try await store.deliver(store.body(.orderFullyPaid, late), to: shop).status == 200)
        try await shop.eventually("the new token is not used", within: .seconds(60)) {
          await !store.sandbox.cards.isEmpty
        }
      }
    }
  }
}
