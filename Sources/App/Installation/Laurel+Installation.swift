import Domain
import FoundationEssentials
import HTTPTransport
import Intake
import Logging
import Monitoring
import Postgres
import Rules
import SaleorAPI
import Signing
import Work

extension Laurel {
  /// How long a store may take to confirm a token, in all. It waits for the registration meanwhile.
  private static let confirmationTime = Duration.seconds(5)

  /// What lets stores install Laurel by themselves; `nil` without a public address. `onChange` is
  /// called after each installation.
  static func installer(
    _ configuration: Configuration, terms: CurrentTerms, pool: Pool, transport: HTTPTransport,
    metrics: Metrics, hook: GraphQLClient.CallHook?, onChange: @escaping @Sendable () async -> Void
  ) throws -> Installer? {
    guard let publicURL = configuration.installation.publicURL else { return nil }
    return Installer(
      .init(
        publicURL: publicURL, version: version, kind: { terms.book.all().widestKind },
        allowedStores: configuration.installation.allowedStores),
      tokens: try tokenBox(configuration), pool: pool,
      dial: dial(transport, metrics, hook), onChange: onChange)
  }

  /// Makes clients for short questions to stores.
  static func dial(
    _ transport: HTTPTransport, _ metrics: Metrics, _ hook: GraphQLClient.CallHook?
  ) -> Installer.Dial {
    { address, token, reach in
      StoreClient(
        graphQL: GraphQLClient(
          transport: transport, url: address.canonical, token: token,
          totalTimeout: confirmationTime, reach: HTTPRequest.Reach(reach), metrics: metrics,
          callHook: hook))
    }
  }

  /// The stores that installed Laurel by themselves; `nil` without a public address.
  static func installedStores(
    _ configuration: Configuration, pool: Pool, log: Logger
  ) throws -> InstalledStores? {
    guard configuration.installation.publicURL != nil else { return nil }
    return InstalledStores(
      pool, tokens: try tokenBox(configuration),
      allowedStores: configuration.installation.allowedStores, log: log)
  }

  /// How far requests to a store may go: to that of the environment anywhere, to others as the list
  /// says, and in doubt to the public internet only.
  static func reach(
    of store: StoreAddress, _ configuration: Configuration
  ) -> HTTPRequest.Reach {
    if store == configuration.store?.address { return .anywhere }
    return configuration.installation.allowedStores.reach(of: store).map(HTTPRequest.Reach.init)
      ?? .publicInternet
  }

  /// What opens the tokens of installed stores, under a key of its own where none is given.
  /// - Throws: `KeyFile.Failure`, `SecretBoxError`.
  static func tokenBox(_ configuration: Configuration) throws -> TokenBox {
    TokenBox(try SecretBox(keys: try secretKeys(configuration) { try $0.value() }))
  }

  /// What opens the tokens of installed stores, for a command: a key that is made only now opens none
  /// of them.
  /// - Throws: `ConfigurationError`, `KeyFile.Failure`, `SecretBoxError`.
  static func standingTokenBox(_ configuration: Configuration) throws -> TokenBox {
    let keys = try secretKeys(configuration) { try $0.read() }
    guard !keys.isEmpty else {
      throw ConfigurationError([
        "the key that opens the tokens of installed stores is not at hand; give LAUREL_SECRET_KEY, "
          + "or the LAUREL_DATA_DIR of laurel serve"
      ])
    }
    return TokenBox(try SecretBox(keys: keys))
  }

  private static func secretKeys(
    _ configuration: Configuration, read: (KeyFile) throws -> String?
  ) throws -> [[UInt8]] {
    guard configuration.installation.secretKeys.isEmpty else {
      return configuration.installation.secretKeys
    }
    let file = KeyFile(dataDirectory: configuration.dataDirectory, name: "secret.key")
    return try read(file).flatMap { Data(base64Encoded: $0) }.map { [Array($0)] } ?? []
  }
}

extension HTTPRequest.Reach {
  /// How far requests to a store may go.
  init(_ reach: AllowedStores.Reach) {
    switch reach {
    case .anywhere: self = .anywhere
    case .publicInternet: self = .publicInternet
    }
  }
}
