import Domain
import HTTPTransport
import Intake
import Ledger
import Postgres
import SaleorAPI

/// The store that a command calls: that of the environment, or one that installed Laurel by itself.
struct CalledStore: Sendable {
  /// Its address.
  let address: StoreAddress
  /// The App's token.
  let token: String
  /// The secrets of its webhooks; none when the store signs with its own key.
  let webhookSecrets: [String]
  /// How far requests to it may go.
  let reach: HTTPRequest.Reach
  /// Whether it installed Laurel by itself.
  let isInstalled: Bool

  /// The store of the address `name`, else that of the environment, else the only one in which
  /// Laurel is installed; `nil` when there is none.
  /// - Parameter pool: the ledger, in which the installed stores stand; without it only the
  ///   environment's is found.
  /// - Throws: `UsageError`, `ConfigurationError`, `KeyFile.Failure`, `SecretBoxError`,
  ///   `PostgresError`, `LedgerError`.
  static func find(
    _ configuration: Configuration, named name: String?, _ pool: Pool?
  ) async throws -> CalledStore? {
    let wanted = try name.map(read) ?? configuration.store?.address
    if let own = configuration.store, own.address == wanted {
      return CalledStore(
        address: own.address, token: own.token, webhookSecrets: own.webhookSecrets,
        reach: .anywhere, isInstalled: false)
    }
    let installed = try await installed(configuration, pool)
    if let wanted {
      guard let store = installed.first(where: { $0.address == wanted }) else {
        throw UsageError("the token of the store \(wanted) is not at hand")
      }
      return store
    }
    guard installed.count <= 1 else {
      throw UsageError(
        "several stores are connected; choose one with --store ADDRESS:\n"
          + installed.map { "  \($0.address)" }.joined(separator: "\n"))
    }
    return installed.first
  }

  /// As `find`, for a command that cannot do without a store.
  /// - Throws: as `find`.
  static func require(
    _ configuration: Configuration, named name: String?, _ pool: Pool
  ) async throws -> CalledStore {
    guard let store = try await find(configuration, named: name, pool) else {
      throw ConfigurationError([
        "no store is connected; have one install Laurel, or set SALEOR_API_URL"
      ])
    }
    return store
  }

  /// Ends a command that needs a store where none can be, before the database is opened.
  /// - Throws: `ConfigurationError`, `UsageError`.
  static func check(_ configuration: Configuration, named name: String?) throws {
    _ = try name.map(read)
    guard configuration.store != nil || configuration.installation.publicURL != nil else {
      throw ConfigurationError([
        "SALEOR_API_URL is missing, and so is LAUREL_PUBLIC_URL; a store has to be connected"
      ])
    }
  }

  /// A client of the store.
  func client(_ transport: HTTPTransport, totalTimeout: Duration = .seconds(15)) -> StoreClient {
    StoreClient(
      graphQL: GraphQLClient(
        transport: transport, url: address.canonical, token: token, totalTimeout: totalTimeout,
        reach: reach))
  }

  /// Reads the address that --store gives.
  /// - Throws: `UsageError`.
  static func read(_ name: String) throws(UsageError) -> StoreAddress {
    guard let address = StoreAddress(name) else {
      throw UsageError("--store takes the store's address, ending in /graphql/")
    }
    return address
  }

  /// The stores in which Laurel is installed and switched on; none without a public address, as for
  /// the service.
  private static func installed(
    _ configuration: Configuration, _ pool: Pool?
  ) async throws -> [CalledStore] {
    guard let pool, configuration.installation.publicURL != nil,
      try await !InstallationRepository(pool).all().isEmpty
    else { return [] }
    return try await InstalledStores(
      pool, tokens: try Laurel.standingTokenBox(configuration),
      allowedStores: configuration.installation.allowedStores,
      log: Administration.log(configuration)
    ).all().filter(\.isActive).compactMap { store in
      store.token.map { token in
        CalledStore(
          address: store.address, token: token, webhookSecrets: [],
          reach: HTTPRequest.Reach(store.reach), isInstalled: true)
      }
    }
  }
}
