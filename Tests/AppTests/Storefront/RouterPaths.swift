import Hummingbird
import Intake
import Ledger
import Logging
import Monitoring
import Postgres

@testable import App
@testable import Web

/// What Laurel's router has.
enum RouterPaths {
  /// The paths of the whole router.
  static func all() async throws -> Set<String> {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = Metrics()
        let stores = StoreDirectory(standing: { nil }, installed: { [] }, log: log)
        let keys = KeyDirectory(pool: pool, log: log) { _ in [] }
        let intake = Intake(
          stores: stores, keys: keys, writer: InboxWriter(pool: pool, log: log) { _ in },
          metrics: metrics)
        let book = try TermsSource(file: nil, environment: [:]).book()
        let router = try LaurelRouter.build(
          webhooks: WebhookRoutes(intake: intake, metrics: metrics),
          codes: CodeRoutes(stores: stores, session: pool),
          health: HealthRoutes(version: "0") {},
          metrics: MetricsRoutes(
            version: "0", metrics: metrics, gauges: LedgerGauges { .empty },
            pool: { pool.statistics }, terms: { "" }),
          installation: try InstallationRoutes(installer: nil),
          storefront: try StorefrontRoutes(
            StorefrontSettings(limit: .init(perMinute: 1, perSecond: 1)), stores: stores,
            keys: keys, pool: pool,
            tally: ClickTally(pool: pool, metrics: metrics, log: log, timeZone: { "UTC" }),
            terms: { book }, metrics: metrics),
          adminKey: "test")
        return Set(router.routes.map(\.path.description))
      }
    }
  }
}
