import Domain
import FoundationEssentials
import HTTPTransport
import Hummingbird
import HummingbirdCore
import Intake
import Ledger
package import Logging
import Monitoring
import NIOCore
import Postgres
import SaleorAPI
package import ServiceLifecycle
import Signing
import Web
package import Work

/// The whole program, put together from a configuration: the one place that knows every room.
package struct Laurel: Sendable {
  /// The version, as the health answer tells it.
  package static let version = "0.1.0"

  /// How many clients may be connected at once; more wait to be accepted. With 2 MiB for a body
  /// at most, this bounds what they can make Laurel hold.
  private static let maximumConnections = 512

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
  private let log: Logger

  /// Connects to the database, brings it up to date when `migrate` says so, and builds the
  /// services of `roles`. Nothing runs before `run`.
  package init(
    _ configuration: Configuration, connectionString: String, roles: Set<Role>, migrate: Bool,
    work settings: WorkSettings? = nil, log: Logger
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
    do {
      if migrate {
        try await Migrator(migrations: LedgerMigrations.all).up(pool)
      } else {
        try await LedgerMigrations.requireUpToDate(pool)
      }
      let keyFolder = configuration.dataDirectory
      adminKey =
        try configuration.adminKey
        ?? KeyFile(dataDirectory: keyFolder, name: "admin.key").value()
      let codeKeys = try Self.codeKeys(configuration)

      var connected: ConnectedStore?
      if let store = configuration.store {
        connected = ConnectedStore(
          id: try await StoreRepository(pool).connect(store.address), address: store.address,
          client: StoreClient(
            graphQL: GraphQLClient(
              transport: transport, url: store.address.canonical, token: store.token,
              metrics: metrics, callHook: failpointHook)))
      }
      var services: [any Service] = []
      let inboxWakeup = Wakeup()
      if roles.contains(.worker), let connected {
        var settings = settings ?? WorkSettings()
        settings.lease = .seconds(configuration.leaseSeconds)
        settings.bindingDays = configuration.bindingDays
        settings.codes = configuration.codePolicy
        settings.rollout = configuration.rollout
        services +=
          Worker(
            pool: pool, store: connected, programme: configuration.programme,
            conditions: configuration.conditions, keys: codeKeys,
            post: Self.post(
              configuration, store: connected, keys: codeKeys, mail: mail, work: settings,
              log: log), settings: settings, inboxWakeup: inboxWakeup, metrics: metrics, log: log
          ).services
        let poll = Poll(
          pool: pool, store: connected, settings: configuration.poll, lease: settings.lease,
          log: log
        ) { inboxWakeup.signal() }
        services += [poll.stage()].compactMap(\.self)
      }
      boundPort = BoundPort()
      if roles.contains(.web) {
        let writer = InboxWriter(pool: pool, log: log) { inboxWakeup.signal() }
        services.append(writer)
        let intake = configuration.store.flatMap { store in
          connected.map {
            Intake(
              store: $0.id, secrets: WebhookSecrets(store.webhookSecrets), writer: writer,
              metrics: metrics)
          }
        }
        let router = try LaurelRouter.build(
          webhooks: WebhookRoutes(intake: intake, metrics: metrics),
          codes: CodeRoutes(desk: connected.map { CodeDesk(store: $0.id, session: pool) }),
          health: HealthRoutes(version: Self.version) {
            try await LedgerMigrations.requireUpToDate(pool)
          },
          metrics: MetricsRoutes(
            version: Self.version, metrics: metrics,
            gauges: Self.gauges(pool, connected?.id, configuration.rollout)
          ) { pool.statistics }, adminKey: adminKey)
        services.append(
          Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(
              address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
              availableConnectionsDelegate: MaximumAvailableConnections(
                Self.maximumConnections)),
            onServerRunning: { [boundPort] channel in
              boundPort.set(channel.localAddress?.port ?? 0)
              log.info(
                "listening",
                metadata: [
                  "address": "http://\(configuration.host):\(channel.localAddress?.port ?? 0)"
                ])
            }, logger: log))
      }
      if configuration.rollout != .all {
        log.notice("rewards are held back", metadata: ["rollout": "\(configuration.rollout)"])
      }
      if configuration.store == nil {
        log.warning("no store is connected; set SALEOR_API_URL and what belongs to it")
      }
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
      throw AddressInUse.explained(failure, host: address.host, port: address.port)
    }
  }

  /// The way in which letters go out; `nil` for none.
  private static func post(
    _ configuration: Configuration, store: ConnectedStore, keys: RewardKeys, mail: MailTransport,
    work: WorkSettings, log: Logger
  ) -> (any LetterPost)? {
    let post: (any LetterPost)? =
      switch configuration.delivery {
      case .off: nil
      case .store: StorePost(client: store.client, settings: work)
      case .smtp(let settings):
        MailPost(settings, transport: mail, client: store.client, keys: keys, work: work)
      }
    if let post, !post.carries(configuration.programme.kind) {
      log.warning("the store sends no letters with vouchers; set SMTP_URL to have Laurel send them")
    }
    return post
  }

  /// Reads the ledger for monitoring; without a store there is nothing in it.
  private static func gauges(_ pool: Pool, _ store: StoreID?, _ rollout: Rollout) -> LedgerGauges {
    LedgerGauges {
      try await pool.withConnection { connection in
        guard let store else {
          try await connection.execute("SELECT 1")
          return .empty
        }
        return try await GaugeRepository(connection).read(store: store, rollout: rollout)
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

  private static func codeKeys(_ configuration: Configuration) throws -> RewardKeys {
    let keys = try codeKeys(configuration) { try $0.value() }
    guard let keys = try RewardKeys(keys) else {
      throw ConfigurationError(["the key file of LAUREL_CODE_KEY is not base64"])
    }
    return keys
  }
}
