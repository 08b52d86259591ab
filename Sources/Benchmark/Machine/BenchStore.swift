import Logging
import Sandbox
import ServiceLifecycle

/// The stand-in store: within the benchmark's own process, on the real wire.
struct BenchStore: Sendable {
  /// The store.
  let sandbox: SandboxStore
  /// Its key; it signs as a store does whose webhooks have no secret.
  let signer: SandboxSigner
  /// Its GraphQL address.
  let apiURL: String
  /// The App's token.
  let token: String

  /// Serves a store for the time of `body`.
  /// - Throws: what `body` throws.
  static func with<Result: Sendable>(
    _ body: (BenchStore) async throws -> Result
  ) async throws -> Result {
    let signer = try SandboxSigner()
    let sandbox = SandboxStore(app: SandboxApp(id: OrderBody.appID))
    await sandbox.publish(keySet: signer.keySet)
    let server = SandboxServer(store: sandbox, logger: .silent)
    let services = ServiceGroup(services: [server], logger: .silent)
    async let runs: Void = services.run()
    let store = BenchStore(
      sandbox: sandbox, signer: signer, apiURL: try await server.apiURL(),
      token: await sandbox.app.token)
    let result = await Swift.Result { try await body(store) }
    await services.triggerGracefulShutdown()
    try await runs
    return try result.get()
  }
}
