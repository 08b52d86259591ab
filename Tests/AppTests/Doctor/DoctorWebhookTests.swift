import FoundationEssentials
import Sandbox
import Testing

/// What `laurel doctor` says of the webhooks by which the store tells Laurel.
@Suite(.timeLimit(.minutes(3))) struct DoctorWebhookTests {
  /// A fault of the webhook: what is changed, and what is said.
  struct WebhookFault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout SandboxAppWebhook) -> Void
  }

  static let webhookFaults = [
    WebhookFault(testDescription: "no webhook of the App leads to Laurel") {
      $0.targetURL = "https://example.com/other"
    },
    WebhookFault(testDescription: "is switched off") { $0.isActive = false },
    WebhookFault(testDescription: "leads to https://old.example.com/webhooks/saleor, and not to") {
      $0.targetURL = "https://old.example.com/webhooks/saleor"
    },
    WebhookFault(testDescription: "signs with a secret that Laurel does not accept") {
      $0.secret = "an older secret"
    },
    WebhookFault(testDescription: "has no secret key") { $0.secret = nil },
    WebhookFault(testDescription: "no webhook tells of ORDER_FULLY_PAID") {
      $0.events.removeAll { $0 == "ORDER_FULLY_PAID" }
    },
    WebhookFault(testDescription: "does not ask for __typename") {
      $0.query = $0.query?.replacing("__typename", with: "")
    },
    WebhookFault(testDescription: "does not ask for metadata, key, value") {
      $0.query = $0.query?.replacing("metadata { key value }", with: "")
    },
    WebhookFault(testDescription: "does not ask for ... on OrderFullyPaid") {
      $0.query = $0.query?.replacing("... on OrderFullyPaid", with: "# ... on OrderFullyPaid")
    },
    WebhookFault(testDescription: "does not ask for event, __typename") {
      $0.query = "subscription { orderConfirmed { order { id metadata { key value } } } }"
    },
  ]

  @Test(arguments: webhookFaults) func aWebhookThatDoesNotTell(fault: WebhookFault) async throws {
    try await Patient.open { patient in
      try await patient.changeWebhook(fault.change)
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 1)
      #expect(Set(diagnosis.lines("wrong").map(\.check)) == ["webhooks"], "\(diagnosis.output)")
      #expect(
        diagnosis.lines("wrong").contains { $0.finding.contains(fault.testDescription) },
        "\(diagnosis.output)")
      #expect(!diagnosis.output.contains("an older secret"))
    }
  }

  @Test func aWebhookThatIsMissingOrTellsLittle() async throws {
    try await Patient.open { patient in
      await patient.sandbox.set(webhooks: [])
      let none = try await patient.diagnose()
      #expect(none.fault("webhooks")?.contains("no webhook") == true, "\(none.output)")

      try await patient.changeWebhook {
        $0.events = ["ORDER_FULLY_PAID"]
        $0.query = nil
      }
      let little = try await patient.diagnose()
      #expect(little.status == 0, "\(little.output)")
      let warnings = little.lines("warning").map(\.finding)
      #expect(warnings.contains { $0.contains("has no subscription query") })
      #expect(warnings.contains { $0.contains("ORDER_CANCELLED") })
    }
  }

  @Test func deliveriesThatTheStoreGaveUp() async throws {
    try await Patient.open { patient in
      try await patient.changeWebhook {
        $0.failures = [
          .init(event: "ORDER_PAID", createdAt: (Date() - 60).storeText, status: 401),
          .init(event: "ORDER_PAID", createdAt: (Date() - 3600).storeText, status: nil),
          .init(event: "ORDER_PAID", createdAt: (Date() - 90_000).storeText, status: 500),
        ]
      }
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 0)
      let line = diagnosis.lines("warning").first { $0.check == "failed deliveries" }
      #expect(line?.finding.contains("gave up 2 deliveries") == true, "\(diagnosis.output)")
      #expect(line?.finding.contains("HTTP 401") == true)
      #expect(line?.advice?.contains("SALEOR_WEBHOOK_SECRET") == true)
    }
  }
}
