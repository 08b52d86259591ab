import FoundationEssentials
import HTTPTransport
import Subprocess
import SystemPackage
import Testing

/// One answer of `GET /metrics`, read by the reference parser of the Prometheus text format.
struct Scrape: Sendable {
  /// One value.
  struct Sample: Decodable, Sendable {
    let name: String
    let labels: [String: String]
    let value: Double
  }

  let samples: [Sample]

  /// Asks a shop's Laurel.
  init(_ shop: TestShop) async throws {
    let response = try await shop.transport.send(
      HTTPRequest(method: .get, url: shop.url + "/metrics", headers: [], reach: .anywhere))
    #expect(response.status == 200)
    #expect(
      response.headers.first("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
    try await self.init(String(decoding: response.body, as: UTF8.self))
  }

  /// Reads a text; the script's checks must all hold.
  init(_ text: String) async throws {
    let result = try await run(
      .path("/usr/bin/python3"), arguments: ["\(Recording.root)/Tests/check-metrics.py"],
      input: .string(text), output: .string(limit: 1 << 22), error: .string(limit: 1 << 20))
    #expect(
      result.terminationStatus.isSuccess, "\(result.standardError)\n\(text)")
    samples = try JSONDecoder().decode(
      [Sample].self, from: Data(result.standardOutput.utf8))
  }

  /// The value under these labels and no others; `nil` when there is none.
  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  /// All values of a name by one of its labels.
  func values(_ name: String, by label: String) -> [String: Double] {
    samples.filter { $0.name == name }
      .reduce(into: [:]) { $0[$1.labels[label, default: ""], default: 0] += $1.value }
  }
}
