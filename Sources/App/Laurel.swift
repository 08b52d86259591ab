import Domain
import FoundationEssentials
import HTTPTransport
import Hummingbird
import HummingbirdCore
package import Intake
import Ledger
package import Logging
import Monitoring
import NIOCore
package import Postgres
import Rules
import SaleorAPI
package import ServiceLifecycle
import Signing
import Web
package import Work

/// The whole program, put together from a configuration: the one place that knows every room.
package struct Laurel: Sendable {
  /// The version, as the health answer tells it.
  package static let version = "0.1.0"

  /// Which parts one process runs.
  package enum Role: String, CaseIterable, Sendable {
    /// Receives webhooks and serves the API.
    case web
    /// Decides and issues.
    case worker
  }

  /// The key that admins show.
  package let adminKey: String
  /// The port that was bound, as soon as the service listens.
  package let boundPort: BoundPort

  private let address: (host: String, port: Int)
  private let pool: Pool
  private let transport: HTTPTransport
  private let mail: MailTransport
  private let services: [any Service]
  private let reload: TermsReload
  private let log: Logger

  /// Builds the services of `roles`. Nothing runs before `run`, and the database is not needed
  /// before: while it is out of reach, or not migrated, the service listens and says so.
  ///
  /// - Parameters:
  ///   - migrates: whether to bring the schema up to date.
  ///   - installed: reads the stores in which Laurel is installed, beside that of the environment.
  package init(
    _ configuration: Configuration, connectionString: String, roles: Set<Role>,
    migrate migrates: Bool, work settings: WorkSettings? = nil,
    installed: @escaping @Sendable (Pool) async throws -> [StoreConnection] = { _ in [] },
    log: Logger
  ) async throws {
    let failpointHook = configuration.failpoint?.hook(log)
    let pool = try Pool(
      PostgresConfiguration(
        connectionString: connectionString, statementTimeout: .seconds(5),
        connectTimeout: .seconds(3), applicationName: "laurel", poolSize: 16,
        poolWait: .seconds(5), commitHook: failpointHook))
    let transport = try HTTPTransport()
    let mail = try MailTransport(maximumConnections: Deliver.width)
    let metrics = Metrics()
    let terms = CurrentTerms(configuration.terms)
    do {
      adminKey =
        try configuration.adminKey
        ?? KeyFile(dataDirectory: configuration.dataDirectory, name: "admin.key").value()
      let codeKeys = try Self.codeKeys(configuration)

      let dial = Self.dial(transport, metrics, failpointHook)
      let standing = StandingConnection(configuration.store, pool: pool, log: log) {
        try await dial($0.address, $0.token, .anywhere).app()
      }
      let installations = try Self.installedStores(configuration, pool: pool, log: log)
      let directory = StoreDirectory(
        standing: standing.value,
        installed: {
          try await (installations?.all() ?? []).map { StoreConnection($0) } + installed(pool)
        }, log: log)
      let opening = Opening(
        pool: pool, migrates: migrates, directory: directory, terms: configuration.terms, log: log)
      let wakeups = InboxWakeups()
      var services: [any Service] = [opening, SpareMemory()]
      if roles.contains(.worker) {
        var settings = settings ?? WorkSettings()
        settings.lease = .seconds(configuration.leaseSeconds)
        settings.bindingDays = configuration.bindingDays
        settings.codes = configuration.codePolicy
        settings.rollout = configuration.rollout
        settings.waitsForHistory = configuration.history.isRead
        settings.writesNotes = configuration.writesNotes
        let store = StoreServices(
          configuration: configuration, pool: pool, transport: transport, mail: mail,
          keys: codeKeys, terms: terms, settings: settings,
          metrics: metrics, callHook: failpointHook,
          gate: RunGate(), log: log)
        services.append(
          StoreSupervisor(
            directory: directory, wakeups: wakeups, share: settings.share, log: log
          ) { store.services(of: $0, inbox: $1) })
      }
      let installer = try Self.installer(
        configuration, terms: terms, pool: pool, transport: transport, metrics: metrics,
        hook: failpointHook
      ) {
        do { try await directory.refresh() } catch { directory.signal() }
      }
      boundPort = BoundPort()
      let health = HealthRoutes(version: Self.version) {
        try await LedgerMigrations.requireUpToDate(pool)
      }
      let figures = MetricsRoutes(
        version: Self.version, metrics: metrics,
        gauges: Self.gauges(pool, directory, configuration.rollout),
        pool: { pool.statistics }, terms: { terms.book.shortVersion })
      let router: Router<LaurelContext>
      let gate = try DeliveryGate(metrics: metrics, log: log)
      if roles.contains(.web) {
        let writer = InboxWriter(pool: pool, log: log) { wakeups.signal($0) }
        services.append(writer)
        let fetch = KeySetFetch(transport: transport)
        services.append(standing)
        let appEvents = AppEvents(pool) { directory.signal() }
        if let installations {
          services.append(
            AppInquiry(pool, stores: installations, dial: dial, log: log) { directory.signal() })
        }
        let keys = KeyDirectory(pool: pool, log: log) { store in
          try await fetch(store, reach: Self.reach(of: store, configuration))
        }
        let intake = Intake(
          stores: directory, keys: keys,
          writer: writer, metrics: metrics
        ) { store, body, logger in
          guard let event = AppEvent(body: body) else { return }
          try await appEvents.apply(event, store: store.id, logger: logger)
        }
        let tally = ClickTally(
          pool: pool, metrics: metrics, log: log, timeZone: { terms.book.timeZone })
        services.append(tally)
        router = try LaurelRouter.build(
          webhooks: WebhookRoutes(intake: intake, metrics: metrics),
          codes: CodeRoutes(stores: directory, session: pool), health: health, metrics: figures,
          installation: try InstallationRoutes(installer: installer),
          storefront: StorefrontRoutes(
            configuration.storefront, stores: directory, keys: keys, pool: pool, tally: tally,
            terms: { terms.book }, metrics: metrics), adminKey: adminKey)
      } else {
        router = LaurelRouter.probes(health: health, metrics: figures)
      }
      services.append(
        AfterOpening(
          opening: opening,
          service: Listener.application(
            router, configuration, boundPort: boundPort, gate: gate, log: log)))
      if configuration.rollout != .all {
        log.notice("rewards are held back", metadata: ["rollout": "\(configuration.rollout)"])
      }
      reload = TermsReload(
        source: configuration.termsSource, pool: pool, terms: terms, metrics: metrics, log: log)
      reload.tellStart()
      address = (configuration.host, configuration.port)
      self.pool = pool
      self.transport = transport
      self.mail = mail
      self.services = services
      self.log = log
    } catch {
      await mail.shutdown()
      await transport.shutdown()
      await pool.close()
      throw error
    }
  }

  /// A service, to be run beside Laurel's own, that reads the rules again at each signal.
  package func reloading(at signals: some AsyncSequence<Void, Never> & Sendable) -> any Service {
    reload.service(at: signals)
  }

  /// Runs until one of `companions` ends, which run beside Laurel's own services, or until the
  /// surrounding task is told to shut down. What was accepted is committed before this returns.
  package func run(beside companions: [any Service]) async throws {
    var configuration = ServiceGroupConfiguration(
      services: (services + companions).map {
        .init(
          service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .gracefullyShutdownGroup)
      },
      logger: log)
    configuration.maximumGracefulShutdownDuration = .seconds(7)
    let group = ServiceGroup(configuration: configuration)
    var failure: (any Error)?
    do { try await group.run() } catch { failure = error }
    await mail.shutdown()
    await transport.shutdown()
    await pool.close(within: .seconds(2))
    if let failure {
      throw ListenFailure.explained(failure, host: address.host, port: address.port)
    }
  }

  /// Reads the ledger of all active stores for monitoring, as one.
  private static func gauges(
    _ pool: Pool, _ stores: StoreDirectory, _ rollout: Rollout
  ) -> LedgerGauges {
    LedgerGauges {
      let active = try stores.active()
      return try await pool.withConnection { connection in
        try await connection.execute("SELECT 1")
        var sum = GaugeRepository.Reading.empty
        for store in active {
          sum =
            sum
            + (try await GaugeRepository(connection).read(store: store.id, rollout: rollout))
        }
        return sum
      }
    }
  }

  /// The keys of reward codes that are there; `nil` while none is given or made.
  static func standingCodeKeys(_ configuration: Configuration) throws -> RewardKeys? {
    try RewardKeys(codeKeys(configuration) { try $0.read() })
  }

  private static func codeKeys(
    _ configuration: Configuration, read: (KeyFile) throws -> String?
  ) throws -> [[UInt8]] {
    guard configuration.codeKeys.isEmpty else { return configuration.codeKeys }
    let file = KeyFile(dataDirectory: configuration.dataDirectory, name: "code.key")
    return try read(file).flatMap { Data(base64Encoded: $0) }.map { [Array($0)] } ?? []
  }

  /// The keys of the configuration, else the one that is made and kept.
  static func codeKeys(_ configuration: Configuration) throws -> RewardKeys {
    let keys = try codeKeys(configuration) { try $0.value() }
    guard let keys = try RewardKeys(keys) else {
      throw ConfigurationError(["the key file of LAUREL_CODE_KEY is not base64"])
    }
    return keys
  }
}
