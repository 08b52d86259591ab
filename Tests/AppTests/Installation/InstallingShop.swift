import App
import Domain
import FoundationEssentials
import HTTPTransport
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import SaleorAPI
import Sandbox
import Signing
import Testing

/// A Laurel, with a store of the environment, that a second store installs by itself.
struct InstallingShop: Sendable {
  /// How the store reaches Laurel; the tests stand in for the proxy that answers there.
  static let publicURL = "https://laurel.example.com"
  /// The key of stored tokens.
  static let secretKey = Data(repeating: 3, count: 32).base64EncodedString()

  /// The same key for every test, because drawing one is slow.
  private static let signer = Result { try SandboxSigner() }

  /// Laurel and its other store.
  let shop: TestShop
  /// The store that installs.
  let store: SandboxStore
  /// Its address.
  let address: StoreAddress
  /// Its half of the handshake.
  let installer: SandboxInstaller
  /// What it sent to Laurel, and the status that came back.
  let exchanges: NIOLockedValueBox<[(call: SandboxCall, status: Int)]>

  /// Opens it for the time of `body`. The store may install unless `environment` says otherwise.
  static func open(
    _ environment: [String: String] = [:], on database: TestDatabase? = nil,
    token: @escaping @Sendable () -> String = SandboxInstaller.randomToken,
    _ body: (InstallingShop) async throws -> Void
  ) async throws {
    let store = SandboxStore()
    await store.publish(keySet: try signer.get().keySet)
    try await TestShop.serve(store) { storeURL in
      let address = try #require(StoreAddress(storeURL))
      let settings = [
        "LAUREL_PUBLIC_URL": publicURL, "LAUREL_ALLOWED_STORES": address.origin,
        "LAUREL_SECRET_KEY": secretKey,
      ].merging(environment) { $1 }
      try await TestShop.open(on: database, environment: settings) { shop in
        try await body(
          InstallingShop(shop: shop, store: store, address: address, token: token))
      }
    }
  }

  private init(
    shop: TestShop, store: SandboxStore, address: StoreAddress,
    token: @escaping @Sendable () -> String
  ) throws {
    self.shop = shop
    self.store = store
    self.address = address
    let exchanges = NIOLockedValueBox<[(call: SandboxCall, status: Int)]>([])
    self.exchanges = exchanges
    let signer = try Self.signer.get()
    installer = SandboxInstaller(
      store: store, apiURL: address.canonical, token: token,
      sign: { try signer.sign($0) },
      send: { call in
        let answer = try await Self.send(call, to: shop)
        exchanges.withLockedValue { $0.append((call, answer.status)) }
        return answer
      })
  }

  /// The signature of every store that installs.
  static func sign(_ body: [UInt8]) throws -> String { try signer.get().sign(body) }

  /// The installations in the ledger.
  func installations() async throws -> [InstallationRepository.Installation] {
    try await InstallationRepository(shop.pool).all()
  }

  /// What Laurel would work for.
  func activeStores(
    key: String = secretKey, allowing pattern: String? = nil
  ) async throws -> [InstalledStores.Store] {
    try await stores(key: key, allowing: pattern).all().filter(\.isActive)
  }

  /// The installed stores as another process reads them.
  func stores(
    key: String = secretKey, allowing pattern: String? = nil,
    log: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  ) throws -> InstalledStores {
    let keys = key.split(separator: ",").compactMap {
      Data(base64Encoded: String($0)).map(Array.init)
    }
    return InstalledStores(
      shop.pool, tokens: TokenBox(try SecretBox(keys: keys)),
      allowedStores: AllowedStores(
        [try #require(AllowedStores.Pattern(pattern ?? address.origin))]),
      log: log)
  }

  /// Registers by hand.
  func register(
    _ body: String, apiURL: String?
  ) async throws -> (status: Int, message: String?) {
    try await Self.register(body, apiURL: apiURL, at: shop)
  }

  /// Registers by hand at any Laurel.
  static func register(
    _ body: String, apiURL: String?, at shop: TestShop
  ) async throws -> (status: Int, message: String?) {
    let response = try await shop.transport.send(
      HTTPRequest(
        method: .post, url: shop.url + "/api/register",
        headers: [("Content-Type", "application/json")]
          + (apiURL.map { [("Saleor-Api-Url", $0)] } ?? []),
        body: Array(body.utf8), totalTimeout: .seconds(30), reach: .anywhere))
    let json = try JSONParser.parse(response.body)
    return (response.status, json["error"]["message"].asString)
  }

  /// Plays the proxy: requests for Laurel's public address go to Laurel.
  private static func send(
    _ call: SandboxCall, to shop: TestShop
  ) async throws -> (status: Int, body: [UInt8]) {
    let path = String(try #require(call.url.split(separator: publicURL).first))
    let own: Set<String> = ["content-length", "host", "accept-encoding", "connection"]
    let response = try await shop.transport.send(
      HTTPRequest(
        method: call.method == "GET" ? .get : .post, url: shop.url + path,
        headers: call.headers.filter { !own.contains($0.name.lowercased()) }, body: call.body,
        totalTimeout: .seconds(30), reach: .anywhere))
    return (response.status, response.body)
  }
}
