import Domain
import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import Intake
import Ledger
import Logging
package import Monitoring
package import Postgres
package import Rules

/// The links that customers send to their friends. Whatever is wrong with one, the friend lands in
/// the shop; where that is, only the configuration says.
package struct InvitationRoutes: Sendable {
  private let stores: StoreChoice
  private let session: any PostgresSession
  private let settings: StorefrontSettings
  private let limit: QuestionLimit
  private let tally: ClickTally
  private let terms: @Sendable () -> TermsBook
  private let metrics: Metrics

  /// Looks codes up through `session` as far as `limit` lets it, and counts clicks in `tally` for the
  /// campaigns of `terms`.
  package init(
    stores: StoreDirectory, session: any PostgresSession, settings: StorefrontSettings,
    limit: QuestionLimit, tally: ClickTally, terms: @escaping @Sendable () -> TermsBook,
    metrics: Metrics
  ) {
    self.stores = StoreChoice(stores)
    self.session = session
    self.settings = settings
    self.limit = limit
    self.tally = tally
    self.terms = terms
    self.metrics = metrics
  }

  /// Adds the route.
  package func add(to router: some RouterMethods<LaurelContext>) {
    router.get("r/{code}") { request, context in try await follow(request, context) }
  }

  /// What is known of a code just now.
  private enum Finding {
    case inForce(today: CalendarDay)
    case unknown
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
    let book = terms()
    let link: Link
    switch await look(code, store, book.timeZone, request, context) {
    case .unknown:
      metrics.clicks.add("unknown")
      return Self.redirect(to: shop.text)
    case .unchecked(let counts):
      metrics.clicks.add("unchecked")
      // No money depends on it: near the end of a day it may be the next one in the shop.
      let today = CalendarDay(String(Date().formatted(.iso8601).prefix(10)))
      link = Link(request, store?.address, book, on: today)
      if counts, isClick, let store { count(code, store, link) }
    case .inForce(let today):
      link = Link(request, store?.address, book, on: today)
      if !isClick {
        metrics.clicks.add("prefetch")
      } else if let store {
        count(code, store, link)
      }
    }
    return Self.redirect(to: shop.invitation(code, campaign: link.campaign))
  }

  /// What a link says beside the code.
  private struct Link {
    /// The campaign that it names, or else the one that runs; `nil` for the programme without a name.
    let campaign: Campaign?
    /// The channel that it names, if the file does too: anybody can write a link, and each channel
    /// has rows of its own.
    let channel: String?

    init(_ request: Request, _ store: StoreAddress?, _ book: TermsBook, on day: CalendarDay?) {
      guard let store else {
        (campaign, channel) = (nil, nil)
        return
      }
      let parameters = request.uri.queryParameters
      channel = parameters["channel"].map(String.init)
        .flatMap { book.names(channel: $0, store: store) ? $0 : nil }
      campaign =
        parameters["campaign"].flatMap { book.namedCampaign(String($0), store: store) }
        ?? day.flatMap { [channel] in
          book.linkedCampaign(store: store, channel: channel, on: $0)
        }
    }
  }

  private func count(_ code: ReferralCode, _ store: StoreConnection, _ link: Link) {
    tally.add(
      store: store.id, code: code, campaign: link.campaign?.id ?? "", channel: link.channel ?? "")
  }

  /// Looks a code up. Beyond the limit every code passes, so that nothing can be learnt there, and
  /// no friend loses his invitation because of others; the order will show what it is worth.
  private func look(
    _ code: ReferralCode, _ store: StoreConnection?, _ timeZone: String, _ request: Request,
    _ context: LaurelContext
  ) async -> Finding {
    guard let store else { return .unchecked(counts: false) }
    switch limit.ask(settings.client(of: request, context)) {
    case .clientLimited: return .unchecked(counts: false)
    case .allLimited: return .unchecked(counts: true)
    case .admitted: break
    }
    do {
      let finding = try await StorefrontRepository(session).find(
        store: store.id, code: code, timeZone: timeZone)
      return finding.isInForce ? .inForce(today: finding.today) : .unknown
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
