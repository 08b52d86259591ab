import Domain
import FoundationEssentials
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Sandbox
import Testing

/// The recorded story of an App (captures 0001 to 0005, 1992 to 2000), with a store that plays its
/// part of it byte for byte.
@Suite(.timeLimit(.minutes(3))) struct HandshakeTests {
  static let manifest = "\(InstallingShop.publicURL)/api/manifest"

  @Test func installSwitchOffSwitchOnDeleteAndInstallAgain() async throws {
    let tokens = NIOLockedValueBox(["first-token", "second-token"])
    try await InstallingShop.open(token: {
      tokens.withLockedValue { $0.removeFirst() }
    }) { installing in
      let installer = installing.installer
      let first = try await installer.install(Self.manifest, name: "Laurel")
      #expect(first.status == .installed, "\(first.message ?? "")")
      let firstID = try #require(first.appID)
      #expect(
        installing.exchanges.withLockedValue { $0.map { "\($0.call.method) \($0.status)" } }
          == ["GET 200", "GET 200", "POST 200", "POST 200"])
      let installed = try await installing.installations()
      try #require(installed.count == 1)
      #expect(installed[0].address == installing.address.canonical)
      #expect(installed[0].appID == firstID && installed[0].state == .active)
      #expect(!String(decoding: installed[0].token, as: UTF8.self).contains("first-token"))
      let active = try await installing.activeStores()
      #expect(active.map(\.token) == ["first-token"] && active.map(\.appID) == [firstID])
      #expect(active.map(\.address) == [installing.address])

      try await installer.set(app: firstID, isActive: false)
      #expect(try await installing.installations().map(\.state) == [.inactive])
      #expect(try await installing.activeStores().isEmpty)
      try await installer.set(app: firstID, isActive: true)
      #expect(try await installing.activeStores().map(\.token) == ["first-token"])

      // Something of its history.
      let store = installed[0].store
      try await installing.shop.pool.execute(
        """
        INSERT INTO inbox (store_id, event_id, event)
        VALUES (\(store.value), \([UInt8](repeating: 1, count: 32)), 'OrderPaid')
        """)
      try await installer.delete(app: firstID)
      #expect(try await installing.installations().map(\.state) == [.deleted])
      #expect(try await installing.activeStores().isEmpty)

      let second = try await installer.install(Self.manifest, name: "Laurel")
      #expect(second.status == .installed)
      #expect(second.appID != firstID)
      let again = try await installing.activeStores()
      #expect(again.map(\.token) == ["second-token"])
      #expect(again.map(\.id) == [store], "the same store as before")
      #expect(again.map(\.appID) == [second.appID])
      let order = SandboxOrder.paid(number: 1, total: 50, email: "bob@example.com")
      let told = try await installer.tell(.orderFullyPaid, "order", order.fields)
      #expect(told.map(\.outcome) == [.delivered], "of the new App")
      let events = try await installing.shop.pool.rows(
        "SELECT event FROM inbox WHERE store_id = \(store.value) ORDER BY event"
      ) { row in try row.decode("event", as: String.self) }
      #expect(
        events == [
          "AppDeleted", "AppInstalled", "AppInstalled", "AppStatusChanged", "AppStatusChanged",
          "OrderFullyPaid", "OrderPaid",
        ])
    }
  }

  @Test func aClashLeavesTheRunningInstallationAlone() async throws {
    try await InstallingShop.open { installing in
      try await installing.installer.install(Self.manifest, name: "Laurel")
      let before = try await installing.installations()
      let clash = try await installing.installer.install(Self.manifest, name: "Laurel again")
      #expect(clash.status == .failed)
      #expect(clash.message == "App with the same identifier is already installed")
      #expect(try await installing.installations() == before)
    }
  }

  @Test func aFailedRegistrationKeepsNothingAndSaysWhatToDo() async throws {
    try await InstallingShop.open(["LAUREL_ALLOWED_STORES": "shop.example.com"]) { installing in
      let failed = try await installing.installer.install(Self.manifest, name: "Laurel")
      #expect(failed.status == .failed)
      let message = try #require(failed.message)
      #expect(message.contains("LAUREL_ALLOWED_STORES"))
      #expect(message.contains(installing.address.canonical))
      #expect(try await installing.installations().isEmpty)
      #expect(
        try await StoreRepository(installing.shop.pool).all().count == 1,
        "only the store of the environment")
      #expect(await installing.store.calls.isEmpty, "it was not called back")
      #expect(await installing.store.installedApps.isEmpty)
    }
  }

  @Test func aStoreThatDoesNotAnswerIsTriedAgainWithAnotherToken() async throws {
    try await InstallingShop.open { installing in
      await installing.store.inject([.httpStatus(500)], on: "app")
      let failed = try await installing.installer.install(Self.manifest, name: "Laurel")
      #expect(failed.status == .failed)
      #expect(failed.message?.contains("cannot call the store back") == true)
      #expect(try await installing.installations().isEmpty)
      let retried = try await installing.installer.retry(failed)
      #expect(retried.status == .installed && retried.id == failed.id)
      #expect(try await installing.activeStores().map(\.appID) == [retried.appID])
    }
  }

  @Test func withoutAllPermissionsNothingIsInstalled() async throws {
    try await InstallingShop.open { installing in
      let failed = try await installing.installer.install(
        Self.manifest, name: "Laurel", permissions: ["MANAGE_ORDERS", "MANAGE_USERS"])
      #expect(failed.status == .failed)
      #expect(failed.message?.contains("MANAGE_GIFT_CARD, MANAGE_APPS") == true)
      #expect(try await installing.installations().isEmpty)
    }
  }

  @Test func oldRepeatedAndForeignEventsChangeNothing() async throws {
    try await InstallingShop.open { installing in
      let id = try #require(
        try await installing.installer.install(Self.manifest, name: "Laurel").appID)
      let store = try #require(try await installing.installations().first?.store)
      let changes = NIOLockedValueBox(0)
      let events = AppEvents(installing.shop.pool) { changes.withLockedValue { $0 += 1 } }
      func apply(_ type: String, at second: Int, app: String = id, isActive: Bool) async throws
        -> Bool
      {
        let body = """
          {"__typename": "\(type)", "issuedAt": "2030-01-01T00:00:0\(second).000001+00:00",
           "app": {"id": "\(app)", "isActive": \(isActive)}}
          """
        return try await events.apply(
          try #require(AppEvent(body: Array(body.utf8))), store: store, logger: .init(label: "t"))
      }
      #expect(try await apply("AppStatusChanged", at: 5, isActive: false))
      #expect(try await !apply("AppStatusChanged", at: 5, isActive: false), "a repeat")
      #expect(try await !apply("AppStatusChanged", at: 4, isActive: true), "older")
      #expect(try await !apply("AppStatusChanged", at: 6, app: "QXBwOjk5", isActive: true))
      #expect(try await installing.installations().map(\.state) == [.inactive])
      // Staff can have any event sent; a deleted App is not switched on.
      #expect(try await apply("AppDeleted", at: 7, isActive: true))
      #expect(try await installing.installations().map(\.state) == [.active])
      #expect(try await apply("AppDeleted", at: 8, isActive: false))
      #expect(try await installing.installations().map(\.state) == [.deleted])
      #expect(changes.withLockedValue { $0 } == 3)
    }
  }

  @Test(arguments: [
    "[]", "{}", #"{"__typename": "OrderPaid", "issuedAt": "2030-01-01T00:00:00Z"}"#,
    #"{"__typename": "AppDeleted", "issuedAt": "yesterday", "app": {"id": "x", "isActive": false}}"#,
    #"{"__typename": "AppDeleted", "issuedAt": "2030-01-01T00:00:00Z", "app": null}"#,
  ])
  func otherBodiesAreNoEventsOfApps(body: String) {
    #expect(AppEvent(body: Array(body.utf8)) == nil)
  }

  @Test func whatIsNotToBeWorkedForIsLeftOut() async throws {
    try await InstallingShop.open { installing in
      try await installing.installer.install(Self.manifest, name: "Laurel")
      #expect(try await installing.activeStores().count == 1)
      #expect(try await installing.activeStores(allowing: "shop.example.com").isEmpty)
      let other = Data(repeating: 4, count: 32).base64EncodedString()
      #expect(try await installing.activeStores(key: other).isEmpty)
      // A token in another store's row does not open.
      try await installing.shop.pool.execute("UPDATE installations SET store_id = 1")
      #expect(
        try await installing.activeStores(
          allowing: try await environmentOrigin(installing)
        ).isEmpty)
    }
  }

  private func environmentOrigin(_ installing: InstallingShop) async throws -> String? {
    let all = try await StoreRepository(installing.shop.pool).all()
    return all.compactMap { StoreAddress($0.address) }.first { $0 != installing.address }?.origin
  }
}
