import FoundationEssentials
import Glibc
import HTTPTransport
import ProcessTesting
import Testing

/// The real `laurel serve` with one role.
@Suite(.timeLimit(.minutes(3))) struct RoleTests {
  @Test func aWorkerAloneCanBeWatched() async throws {
    try await TestDatabase.with { database in
      try await ServeTests.withStore(database) { _, environment in
        let ended = try await TestProcess.with(
          ["serve", "--roles", "worker"], environment: environment
        ) { process in
          let url = try await process.url()
          let transport = try HTTPTransport()
          func get(_ path: String, _ method: HTTPRequest.Method = .get) async throws -> HTTPResponse
          {
            try await transport.send(
              HTTPRequest(method: method, url: url + path, headers: [], reach: .anywhere))
          }
          for path in ["/health", "/health/ready"] {
            #expect(try await get(path).status == 200, "\(path)")
          }
          let metrics = String(decoding: try await get("/metrics").body, as: UTF8.self)
          #expect(metrics.contains("laurel_database_up 1"))
          #expect(metrics.contains("laurel_queue_depth"))
          for path in ["/webhooks/saleor", "/codes/issue"] {
            #expect(try await get(path, .post).status == 404, "\(path)")
          }
          await transport.shutdown()
          process.send(SIGTERM)
        }
        #expect(ended.status == 0, "\(ended.output)")
      }
    }
  }
}
