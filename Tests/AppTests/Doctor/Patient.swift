import FoundationEssentials
import ProcessTesting
import Sandbox
import Testing

/// A shop in which all is well, for `laurel doctor` to look at.
struct Patient: Sendable {
  /// What the command said.
  struct Diagnosis: Sendable {
    struct Line: Decodable, Sendable {
      let check: String
      let state: String
      let finding: String
      let advice: String?
    }

    /// The exit status.
    let status: Int
    /// Everything that was printed.
    let output: String
    /// The findings.
    let lines: [Line]

    /// The findings in a state.
    func lines(_ state: String) -> [Line] { lines.filter { $0.state == state } }

    /// What is wrong at a check; nothing when it is not.
    func fault(_ check: String) -> String? {
      lines.first { $0.check == check && $0.state == "wrong" }?.finding
    }
  }

  private struct Report: Decodable {
    let isWell: Bool
    let checks: [Diagnosis.Line]
  }

  let sandbox: SandboxStore
  let database: TestDatabase
  let shop: TestShop
  private let environment: [String: String]

  /// Opens the shop for the time of `body`; the store's clock is `clockError` seconds ahead.
  static func open(
    clockError: Double = 0, environment: [String: String] = [:],
    _ body: (Patient) async throws -> Void
  ) async throws {
    let sandbox = SandboxStore(now: { Date() + clockError })
    try await TestDatabase.with { database in
      try await TestShop.serve(sandbox) { url in
        try await TestShop.visit(sandbox, url, database.connectionString, environment) { shop in
          await sandbox.set(webhooks: [try webhook(shop.url)])
          let given = [
            "DATABASE_URL": database.connectionString, "LAUREL_PUBLIC_URL": "\(shop.url)/",
            "LAUREL_DATA_DIR": "/nonexistent",
          ]
          try await body(
            Patient(
              sandbox: sandbox, database: database, shop: shop,
              environment: TestShop.environment(storeURL: url, token: await sandbox.app.token)
                .merging(given) { $1 }.merging(environment) { $1 }))
        }
      }
    }
  }

  /// The webhook that config/README.md asks for.
  static func webhook(_ address: String) throws -> SandboxAppWebhook {
    SandboxAppWebhook(
      number: 1, name: "Laurel", targetURL: "\(address)/webhooks/saleor",
      events: [
        "ORDER_CONFIRMED", "ORDER_PAID", "ORDER_FULLY_PAID", "ORDER_CANCELLED", "ORDER_REFUNDED",
        "ORDER_FULLY_REFUNDED", "ORDER_EXPIRED", "CUSTOMER_CREATED", "ACCOUNT_DELETED",
        "GIFT_CARD_UPDATED", "GIFT_CARD_STATUS_CHANGED", "VOUCHER_UPDATED",
      ],
      query: try documentedQuery(), secret: TestShop.webhookSecret)
  }

  /// The subscription query that stands in config/README.md.
  static func documentedQuery() throws -> String {
    let readme = try #require(
      FileManager.default.contents(atPath: "\(Recording.root)/config/README.md"))
    let lines = String(decoding: readme, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.contains("```graphql") })
    return lines[(start + 1)...].prefix { !$0.contains("```") }.joined(separator: "\n")
  }

  /// Changes the webhook.
  func changeWebhook(_ change: (inout SandboxAppWebhook) -> Void) async throws {
    var webhook = try Self.webhook(shop.url)
    change(&webhook)
    await sandbox.set(webhooks: [webhook])
  }

  /// Runs the command for people.
  func visit(_ changes: [String: String] = [:]) async throws -> TestProcess.Ending {
    try await TestProcess.with(["doctor"], environment: environment.merging(changes) { $1 })
  }

  /// Runs the command for programs.
  func diagnose(_ changes: [String: String] = [:]) async throws -> Diagnosis {
    let ended = try await TestProcess.with(
      ["doctor", "--json"], environment: environment.merging(changes) { $1 })
    let start = try #require(ended.output.firstIndex(of: "{"), "\(ended.output)")
    let end = try #require(ended.output.lastIndex(of: "}"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(Report.self, from: Data(ended.output[start...end].utf8))
    #expect(report.isWell == (ended.status == 0), "\(ended.output)")
    return Diagnosis(status: ended.status, output: ended.output, lines: report.checks)
  }
}
