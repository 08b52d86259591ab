import Domain
import HTTPTransport
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Sandbox
import Testing

/// Stores whose event that the App was switched on has got lost.
@Suite(.timeLimit(.minutes(2))) struct AppInquiryTests {
  /// An inquiry of its own, as another process has one.
  private static func inquiry(
    _ installing: InstallingShop, changes: NIOLockedValueBox<Int>
  ) throws -> AppInquiry {
    let transport = installing.shop.transport
    return AppInquiry(
      installing.shop.pool, stores: try installing.stores(),
      dial: { address, token, _ in
        StoreClient(
          graphQL: GraphQLClient(
            transport: transport, url: address.canonical, token: token, reach: .anywhere))
      }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { changes.withLockedValue { $0 += 1 } }
  }

  @Test func anAppThatIsOnAgainIsWorkedForAgain() async throws {
    try await InstallingShop.open { installing in
      try await installing.installer.install(HandshakeTests.manifest, name: "Laurel")
      let changes = NIOLockedValueBox(0)
      let inquiry = try Self.inquiry(installing, changes: changes)
      try await inquiry.ask()
      #expect(changes.withLockedValue { $0 } == 0, "it is on")

      try await Self.switchOff(installing)
      await installing.store.inject([.httpStatus(500)], on: "app")
      try await inquiry.ask()
      #expect(try await installing.installations().map(\.state) == [.inactive], "no answer")
      try await inquiry.ask()
      #expect(try await installing.installations().map(\.state) == [.active])
      #expect(changes.withLockedValue { $0 } == 1)
    }
  }

  @Test func whatIsOffOrGoneOrAnotherAppStaysAsItIs() async throws {
    try await InstallingShop.open { installing in
      let app = try #require(
        try await installing.installer.install(HandshakeTests.manifest, name: "Laurel").appID)
      let changes = NIOLockedValueBox(0)
      let inquiry = try Self.inquiry(installing, changes: changes)
      try await Self.switchOff(installing)
      let pool = installing.shop.pool
      try await pool.execute("UPDATE installations SET app_id = 'QXBwOjk5OQ=='")
      try await inquiry.ask()
      try await pool.execute("UPDATE installations SET app_id = \(app), state = 'deleted'")
      try await inquiry.ask()
      #expect(try await installing.installations().map(\.state) == [.deleted])
      try await pool.execute("UPDATE installations SET state = 'active'")
      try await installing.installer.set(app: app, isActive: false)
      try await inquiry.ask()
      #expect(try await installing.installations().map(\.state) == [.inactive])
      #expect(changes.withLockedValue { $0 } == 0)
    }
  }

  @Test func anEventThatComesMeanwhileKnowsMore() async throws {
    try await InstallingShop.open { installing in
      try await installing.installer.install(HandshakeTests.manifest, name: "Laurel")
      try await Self.switchOff(installing)
      let installations = InstallationRepository(installing.shop.pool)
      let before = try #require(try await installations.all().first)
      try await Self.switchOff(installing)
      #expect(
        try await !installations.activate(
          store: before.store, appID: before.appID, unlessChangedSince: before.changedAt))
      let now = try #require(try await installations.all().first)
      #expect(
        try await installations.activate(
          store: now.store, appID: now.appID, unlessChangedSince: now.changedAt))
    }
  }

  /// Has the ledger say so; the store knows nothing of it.
  private static func switchOff(_ installing: InstallingShop) async throws {
    try await installing.shop.pool.execute(
      "UPDATE installations SET state = 'inactive', changed_at = now()")
  }
}
