package import Hummingbird
import Logging

/// Where probes ask.
package struct HealthRoutes: Sendable {
  private let version: String
  private let check: @Sendable () async throws -> Void

  /// Reports `version`; `check` throws while the database or its migrations are not there.
  package init(version: String, check: @escaping @Sendable () async throws -> Void) {
    self.version = version
    self.check = check
  }

  private struct Answer: Encodable {
    let status: String
    let version: String
  }

  /// Adds the routes.
  package func add(to router: some RouterMethods<some RequestContext>) {
    router.get("health") { _, _ in
      try Response.json(Answer(status: "ok", version: version))
    }
    router.get("health/ready") { _, context in
      do {
        try await check()
      } catch {
        context.logger.warning("not ready", metadata: ["error": "\(error)"])
        throw Problem(
          .serviceUnavailable, "not_ready", "The database is not there or not up to date.",
          retryAfter: 5)
      }
      return try Response.json(Answer(status: "ready", version: version))
    }
  }
}
