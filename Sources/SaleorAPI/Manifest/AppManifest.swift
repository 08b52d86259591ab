package import Domain

/// What a store reads before it installs Laurel (`type Manifest` of its schema; the document's own
/// names are those of Saleor's manifest format).
package struct AppManifest: Encodable, Sendable {
  /// How the store knows Laurel, whatever its address and version: one App at most has it there. It
  /// may never change.
  package static let identifier = "app.laurel.referrals"
  /// Which stores can run Laurel, as a range of versions that npm's rules read.
  package static let requiredSaleorVersion = ">=3.20.0 <4.0.0"

  private struct Brand: Encodable {
    struct Logo: Encodable {
      /// PNG, the one format that the store takes, with 256 pixels a side.
      let `default`: String
    }
    let logo: Logo
  }

  private struct Webhook: Encodable {
    let name: String
    let asyncEvents: [String]
    let query: String
    let targetUrl: String
    let isActive = true
  }

  private let id = Self.identifier
  private let version: String
  private let name = "Laurel"
  private let about =
    "A referral programme: a customer shares a code, a friend buys with it, and the customer is "
    + "rewarded with a gift card or a voucher. Every reward that is due is issued exactly once."
  private let author = "Laurel"
  private let permissions: [AppPermission]
  private let appUrl: String
  private let tokenTargetUrl: String
  private let dataPrivacyUrl: String
  private let homepageUrl: String
  private let supportUrl: String
  private let brand: Brand
  private let requiredSaleorVersion = Self.requiredSaleorVersion
  private let extensions: [String] = []
  private let webhooks: [Webhook]

  /// The manifest of the Laurel at `publicURL`, which has no slash at its end.
  ///
  /// - Parameters:
  ///   - version: Laurel's own.
  ///   - kind: what its programme issues; it decides on the permissions.
  ///   - store: the version of the store that asks.
  package init(publicURL: String, version: String, kind: RewardKind, store: StoreVersion) {
    self.version = version
    permissions = AppPermission.needed(for: kind)
    appUrl = "\(publicURL)/"
    tokenTargetUrl = "\(publicURL)/api/register"
    dataPrivacyUrl = "\(publicURL)/#privacy"
    homepageUrl = "\(publicURL)/"
    supportUrl = "\(publicURL)/#help"
    brand = Brand(logo: .init(default: "\(publicURL)/api/logo.png"))
    webhooks = WebhookSubscription.all(for: store, permissions: permissions).map { subscription in
      Webhook(
        name: subscription.name, asyncEvents: subscription.events, query: subscription.query,
        targetUrl: "\(publicURL)/webhooks/saleor")
    }
  }
}
