import Domain
import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import Intake
import Ledger
import Logging
package import Monitoring
package import Postgres

/// The links that customers send to their friends. Whatever is wrong with one, the friend lands in
/// the shop; where that is, only the configuration says.
package struct InvitationRoutes: Sendable {
  private let stores: StoreChoice
  private let session: any PostgresSession
  private let settings: StorefrontSettings
  private let limit: QuestionLimit
  private let tally: ClickTally
  private let metrics: Metrics

  /// Looks codes up through `session` as far as `limit` lets it, and counts clicks in `tally`.
  package init(
    stores: StoreDirectory, session: any PostgresSession, settings: StorefrontSettings,
    limit: QuestionLimit, tally: ClickTally, metrics: Metrics
  ) {
    self.stores = StoreChoice(stores)
    self.session = session
    self.settings = settings
    self.limit = limit
    self.tally = tally
    self.metrics = metrics
  }

  /// Adds the route.
  package func add(to router: some RouterMethods<LaurelContext>) {
    router.get("r/{code}") { request, context in try await follow(request, context) }
  }

  /// What is known of a code just now.
  private enum Finding {
    case inForce, unknown
    /// It was not looked at; whether its click counts is found out when it is written down.
    case unchecked(counts: Bool)
  }

  private func follow(_ request: Request, _ context: LaurelContext) async throws -> Response {
    let name = request.uri.queryParameters["store"].map(String.init)
    let store = stores.invitingStore(named: name)
    guard let shop = settings.shop(of: store?.address) else {
      throw Problem(
        .notFound, "storefront_off",
        "Invitations lead nowhere: the operator has not set LAUREL_STOREFRONT_URL.")
    }
    // A browser or a messenger that looks ahead is no friend who follows a link.
    let isClick = request.method == .get && !request.headers.announcesPrefetch
    guard let code = ReferralCode(typed: context.parameters.get("code") ?? "") else {
      metrics.clicks.add("unknown")
      return Self.redirect(to: shop.text)
    }
    switch await look(code, store, request, context) {
    case .unknown:
      metrics.clicks.add("unknown")
      return Self.redirect(to: shop.text)
    case .unchecked(let counts):
      metrics.clicks.add("unchecked")
      if counts, isClick, let store { tally.add(store: store.id, code: code) }
    case .inForce:
      if !isClick {
        metrics.clicks.add("prefetch")
      } else if let store {
        tally.add(store: store.id, code: code)
      }
    }
    return Self.redirect(to: shop.invitation(code))
  }

  /// Looks a code up. Beyond the limit every code passes, so that nothing can be learnt there, and
  /// no friend loses his invitation because of others; the order will show what it is worth.
  private func look(
    _ code: ReferralCode, _ store: StoreConnection?, _ request: Request, _ context: LaurelContext
  ) async -> Finding {
    guard let store else { return .unchecked(counts: false) }
    switch limit.ask(settings.client(of: request, context)) {
    case .clientLimited: return .unchecked(counts: false)
    case .allLimited: return .unchecked(counts: true)
    case .admitted: break
    }
    do {
      return try await StorefrontRepository(session).isInForce(store: store.id, code: code)
        ? .inForce : .unknown
    } catch {
      context.logger.warning("an invitation is not checked", metadata: ["error": "\(error)"])
      return .unchecked(counts: true)
    }
  }

  private static func redirect(to address: String) -> Response {
    Response(status: .found, headers: [.location: address, .cacheControl: "no-store"])
  }
}

extension StorefrontSettings {
  /// The address of a request's client.
  func client(of request: Request, _ context: LaurelContext) -> ClientAddress? {
    proxies.client(peer: context.peer, forwarded: request.headers.forwardedFor)
  }
}

extension HTTPFields {
  /// The values of every `X-Forwarded-For` header.
  fileprivate var forwardedFor: [String] {
    HTTPField.Name("X-Forwarded-For").map { self[values: $0] } ?? []
  }

  /// Whether a browser says that it only fetches ahead.
  fileprivate var announcesPrefetch: Bool {
    ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"].contains { name in
      let value = HTTPField.Name(name).flatMap { self[$0] }?.lowercased() ?? ""
      return value.contains("prefetch") || value.contains("preview")
    }
  }
}
