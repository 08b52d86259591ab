import Domain
import FoundationEssentials
import Intake
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

/// A sandbox store in which Laurel is installed: it signs with a key that it publishes.
struct InstalledStore: Sendable {
  /// What the installation says at the moment.
  struct Standing: Sendable {
    var isInstalled = true
    var isActive = true
    var appID: String
    var token: String
  }

  private static let signer = Result { try SandboxSigner() }

  let sandbox: SandboxStore
  let address: StoreAddress
  let signer: SandboxSigner
  let standing: NIOLockedValueBox<Standing>

  /// Serves a store for the time of `body`.
  static func with<Result>(
    _ body: (InstalledStore) async throws -> Result
  ) async throws -> Result {
    let sandbox = SandboxStore()
    // The same key for every test, because drawing one is slow.
    let signer = try signer.get()
    await sandbox.publish(keySet: signer.keySet)
    let app = await sandbox.app
    return try await TestShop.serve(sandbox) { url in
      try await body(
        InstalledStore(
          sandbox: sandbox, address: try #require(StoreAddress(url)), signer: signer,
          standing: NIOLockedValueBox(Standing(appID: app.id, token: app.token))))
    }
  }

  /// Opens a shop beside it, with this store installed too.
  func openShop(
    on database: TestDatabase? = nil, environment: [String: String] = [:],
    _ body: @Sendable (TestShop) async throws -> Void
  ) async throws {
    if let database { return try await openShop(database.connectionString, environment, body) }
    try await TestDatabase.with { try await openShop($0.connectionString, environment, body) }
  }

  private func openShop(
    _ connectionString: String, _ environment: [String: String],
    _ body: (TestShop) async throws -> Void
  ) async throws {
    let own = SandboxStore()
    try await TestShop.serve(own) { url in
      try await TestShop.visit(
        own, url, connectionString,
        ["LAUREL_ALLOWED_STORES": address.origin].merging(environment) { $1 },
        installed: { try await connections($0) }, body)
    }
  }

  /// What the ledger would say of the installations.
  func connections(_ pool: Pool) async throws -> [StoreConnection] {
    let standing = standing.withLockedValue { $0 }
    guard standing.isInstalled else { return [] }
    return [
      StoreConnection(
        id: try await StoreRepository(pool).connect(address), address: address,
        token: standing.token, appID: standing.appID, verification: .jws,
        isActive: standing.isActive)
    ]
  }

  /// The body of an event about an order, for the installed App unless another one is named.
  func body(
    _ event: SandboxEvent, _ order: SandboxOrder, recipient: String? = nil,
    issuedAt: Date = Date(), salt: Int = 0
  ) -> [UInt8] {
    let recipient = recipient ?? standing.withLockedValue { $0.appID }
    let payload: JSONValue = [
      "__typename": .string(event.typeName), "issuedAt": .string(issuedAt.formatted(.iso8601)),
      "recipient": ["id": .string(recipient)], "order": order.fields,
      "version": .string("3.23.\(salt)"),
    ]
    return payload.bytes(.spaced)
  }

  /// Posts a body as this store does; other headers than its own can be given.
  func deliver(
    _ body: [UInt8], to shop: TestShop, signature: String? = nil, apiURL: String? = nil,
    event: String? = nil
  ) async throws -> TestAnswer {
    try await shop.post(
      "/webhooks/saleor", body,
      headers: [
        ("Content-Type", "application/json"),
        ("Saleor-Signature", try signature ?? signer.sign(body)),
        ("Saleor-Api-Url", apiURL ?? address.canonical),
      ] + (event.map { [("Saleor-Event", $0)] } ?? []))
  }
}
