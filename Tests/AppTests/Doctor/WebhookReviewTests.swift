import Domain
import Testing

@testable import App
@testable import SaleorAPI

/// What `laurel doctor` says of the webhooks of a store that installed Laurel by itself.
@Suite struct WebhookReviewTests {
  private static let review = WebhookReview(
    publicAddress: "https://laurel.example.com", secrets: [], isInstalled: true)

  /// The webhooks that a store makes of the manifest.
  private static func webhooks(
    _ version: String, _ kind: RewardKind = .voucher, lacking missing: String? = nil
  ) throws -> [StoreWebhook] {
    WebhookSubscription.all(
      for: try #require(StoreVersion(version)), permissions: AppPermission.needed(for: kind)
    ).map {
      StoreWebhook(
        id: $0.name, name: $0.name, isActive: true,
        targetURL: "https://laurel.example.com/webhooks/saleor",
        events: Set($0.events.filter { $0 != missing }), query: $0.query, secret: nil)
    }
  }

  @Test(arguments: ["3.20", "3.21", "3.22", "3.23"], [RewardKind.giftCard, .voucher])
  func thoseOfTheManifestAreFine(version: String, kind: RewardKind) throws {
    let webhooks = try Self.webhooks(version, kind)
    let findings = Self.review.findings(webhooks)
    #expect(findings.map(\.state) == webhooks.map { _ in .ok }, "\(findings)")
  }

  @Test(arguments: ["ORDER_FULLY_PAID", "ORDER_PAID", "APP_DELETED", "APP_STATUS_CHANGED"])
  func whatAnOlderManifestLackedNeedsANewInstallation(event: String) throws {
    let findings = Self.review.findings(try Self.webhooks("3.23", lacking: event))
      .filter { $0.state != .ok }
    try #require(findings.count == 1)
    #expect(findings[0].sentence.contains("no webhook tells of \(event)"))
    #expect(findings[0].state == (event == "ORDER_FULLY_PAID" ? .wrong : .warning))
    #expect(findings[0].advice?.contains("install it again") == true)
  }

  @Test func withoutWebhooksTheAppIsInstalledAgain() {
    let findings = Self.review.findings([])
    #expect(findings.map(\.state) == [.wrong])
    #expect(findings.first?.advice?.contains("install it again") == true)
  }
}
