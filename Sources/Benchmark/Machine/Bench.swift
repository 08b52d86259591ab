import FoundationEssentials
import NIOConcurrencyHelpers
import Sandbox
import Signing
import SystemPackage

/// What every part of the benchmark works with.
struct Bench: Sendable {
  /// The secret of the store's webhook, where it has one.
  static let secret = "bench-webhook-secret-0123456789"

  /// How the store signs.
  enum Signature: Sendable {
    /// HMAC-SHA256 under the webhook's secret.
    case hmac
    /// RS256 under the store's own key.
    case jws
  }

  /// How much is measured.
  let form: BenchForm
  /// The folder of the repository.
  let repository: String
  /// The folder for everything that the benchmark makes.
  let folder: String
  /// The program `laurel`.
  let laurel: String
  /// This program.
  let itself: String
  /// The least level that the service logs.
  let logLevel: String
  /// The folder of the receiver that a user would write instead.
  let peer: String
  /// The database.
  let database: BenchDatabase
  /// The store.
  let store: BenchStore
  /// The number of the next order: no two of a run are alike.
  private let nextNumber = NIOLockedValueBox(1)

  /// Puts it together.
  init(
    form: BenchForm, repository: String, folder: String, laurel: String, itself: String,
    logLevel: String, peer: String, database: BenchDatabase, store: BenchStore
  ) {
    self.form = form
    self.repository = repository
    self.folder = folder
    self.laurel = laurel
    self.itself = itself
    self.logLevel = logLevel
    self.peer = peer
    self.database = database
    self.store = store
  }

  /// Takes so many order numbers that no other load has; gives the first.
  func takeNumbers(_ count: Int) -> Int {
    nextNumber.withLockedValue { next in
      defer { next += count }
      return next
    }
  }

  /// Requests for so many new orders.
  /// - Parameter namesCode: whether each names a code of its own.
  func load(
    _ count: Int, _ signature: Signature, namesCode: Bool = false
  ) async throws -> (load: SignedLoad, body: OrderBody, first: Int) {
    let body = try OrderBody(repository: repository, namesCode: namesCode)
    let first = takeNumbers(count)
    let load: SignedLoad
    switch signature {
    case .hmac:
      let key = HMACKey(Array(Self.secret.utf8))
      load = try await SignedLoad(body, first: first, count: count, apiURL: store.apiURL) {
        Hex.encode(try key.authenticate($0))
      }
    case .jws:
      let signer = store.signer
      load = try await SignedLoad(body, first: first, count: count, apiURL: store.apiURL) {
        try signer.sign($0)
      }
    }
    return (load, body, first)
  }

  /// Runs `laurel serve` beside `body`: on the benchmark's database and store, with its own defaults
  /// but for what asks the store by the clock, which would come now in one round and now in another.
  /// - Parameter roles: the parts that it runs.
  func serving<Result: Sendable>(
    _ signature: Signature, roles: String = "web,worker",
    _ body: (_ service: ChildProcess, _ port: Int) async throws -> Result
  ) async throws -> Result {
    let port = try await LocalPort.free()
    var environment = [
      "HOST": "127.0.0.1", "PORT": String(port), "DATABASE_URL": database.connectionString,
      "SALEOR_API_URL": store.apiURL, "SALEOR_TOKEN": store.token,
      "REFERRAL_REWARD_AMOUNT": "10", "REFERRAL_REWARD_CURRENCY": "USD",
      "LAUREL_DATA_DIR": "\(folder)/laurel", "LAUREL_DELIVERY": "off",
      "LAUREL_POLL_SECONDS": "0", "LAUREL_RECONCILE_HOURS": "0", "LAUREL_HISTORY": "off",
      "LOG_LEVEL": logLevel,
    ]
    if signature == .hmac { environment["SALEOR_WEBHOOK_SECRET"] = Self.secret }
    return try await ChildProcess.with(
      laurel, ["serve", "--roles", roles], environment: environment, folder: repository,
      outputPath: "\(folder)/laurel.log"
    ) { service in
      try await LocalPort.wait(for: service, on: port)
      return try await body(service, port)
    }
  }

  /// Runs the body reader, reference (a), beside `body`.
  func reading<Result: Sendable>(
    _ body: (_ server: ChildProcess, _ port: Int) async throws -> Result
  ) async throws -> Result {
    let port = try await LocalPort.free()
    return try await ChildProcess.with(
      itself, ["reference-server", "--port", String(port)], environment: [:], folder: repository,
      outputPath: "\(folder)/reference-server.log"
    ) { server in
      try await LocalPort.wait(for: server, on: port)
      return try await body(server, port)
    }
  }

  /// Tells whoever waits what is done now.
  func say(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll("\(text)\n".utf8)
  }
}
