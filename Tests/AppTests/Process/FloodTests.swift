import FoundationEssentials
import Glibc
import HTTPTransport
import NIOConcurrencyHelpers
import ProcessTesting
import Sandbox
import Testing

/// The real `laurel serve` beside a store that answers every call with 100 MB.
@Suite(.timeLimit(.minutes(3))) struct FloodTests {
  @Test func whateverAStoreSendsTheMemoryStaysSmall() async throws {
    let signer = try SandboxSigner()
    try await TestDatabase.with { database in
      try await FloodingStore.with { origin, answered in
        let apiURL = "\(origin)/graphql/"
        var environment = TestShop.environment(storeURL: apiURL, token: "token")
        environment["DATABASE_URL"] = database.connectionString
        environment["SALEOR_WEBHOOK_SECRET"] = ""
        environment["LAUREL_PUBLIC_URL"] = InstallingShop.publicURL
        environment["LAUREL_ALLOWED_STORES"] = origin
        environment["LAUREL_SECRET_KEY"] = InstallingShop.secretKey
        let transport = try HTTPTransport()
        let ended = try await TestProcess.with(["serve"], environment: environment) { process in
          let url = try await process.url()
          let before = try Self.peakMemory(of: process)
          let body = Array(RefusalTests.order.utf8)
          let calls = [
            ("/webhooks/saleor", body, try signer.sign(body), 503),
            ("/api/register", Array(#"{"auth_token": "abc"}"#.utf8), "", 502),
            ("/api/register", Array(#"{"auth_token": "abc"}"#.utf8), "", 502),
          ]
          for (path, body, signature, status) in calls {
            let start = ContinuousClock.now
            let response = try await transport.send(
              HTTPRequest(
                method: .post, url: url + path,
                headers: [
                  ("Content-Type", "application/json"), ("Saleor-Api-Url", apiURL),
                  ("Saleor-Signature", signature),
                ],
                body: body, totalTimeout: .seconds(30), reach: .anywhere))
            #expect(response.status == status, "\(path)")
            #expect(start.duration(to: .now) < .seconds(15))
          }
          #expect(answered.withLockedValue { $0 } >= calls.count)
          let grown = try Self.peakMemory(of: process) - before
          // Each flood is 100 MB, of which at most 4 MiB are taken.
          #expect(grown < 40_000, "by \(grown) kB from \(before)")
          process.send(SIGTERM)
        }
        #expect(ended.status == 0, "\(ended.output)")
        await transport.shutdown()
      }
    }
  }

  /// The most memory that the process has had at once, in kB (proc(5)).
  private static func peakMemory(of process: TestProcess) throws -> Int {
    let status = try #require(FileManager.default.contents(atPath: "/proc/\(process.id)/status"))
    let line = try #require(
      String(decoding: status, as: UTF8.self).split(separator: "\n").first {
        $0.hasPrefix("VmHWM:")
      })
    return try #require(line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first)
  }
}
