import Domain
import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import Intake
import Ledger
import Logging
package import Monitoring
package import Postgres

/// What customers are told of themselves. Who is asked for shows the token that his store gave him.
package struct CustomerRoutes: Sendable {
  private struct Asker: Hashable {
    let store: StoreID
    let userID: String
  }

  private let stores: StoreChoice
  private let session: any PostgresSession
  private let tokens: CustomerTokens
  private let settings: StorefrontSettings
  private let limiter: RateLimiter<Asker>
  private let metrics: Metrics

  /// Answers those whose token is among `tokens`, out of the ledger behind `session`, and each as
  /// often as a client may ask.
  package init(
    stores: StoreDirectory, session: any PostgresSession, tokens: CustomerTokens,
    settings: StorefrontSettings, metrics: Metrics
  ) {
    self.stores = StoreChoice(stores)
    self.session = session
    self.tokens = tokens
    self.settings = settings
    self.metrics = metrics
    limiter = RateLimiter(settings.limit.perMinute, each: .seconds(60))
  }

  /// Adds the route.
  package func add(to router: some RouterMethods<LaurelContext>) {
    router.get("api/v1/me") { request, context in try await answer(request, context) }
  }

  private struct Answer: Encodable {
    struct Referrals: Encodable {
      let tracked: Int
      let rewarded: Int
    }
    struct Rewards: Encodable {
      let issued: Int
    }
    let code: String
    let status: String
    let link: String?
    let clicks: Int
    let referrals: Referrals
    let rewards: Rewards

    enum CodingKeys: String, CodingKey { case code, status, link, clicks, referrals, rewards }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(code, forKey: .code)
      try container.encode(status, forKey: .status)
      try container.encode(link, forKey: .link)
      try container.encode(clicks, forKey: .clicks)
      try container.encode(referrals, forKey: .referrals)
      try container.encode(rewards, forKey: .rewards)
    }
  }

  private func answer(_ request: Request, _ context: LaurelContext) async throws -> Response {
    let customer = try await customer(request, context)
    let store = customer.store
    if let wait = limiter.delay(Asker(store: store.id, userID: customer.userID)) {
      metrics.limited.add("customer")
      throw Problem(
        .tooManyRequests, "limited", "Too many requests; ask again later.",
        retryAfter: wait.wholeSeconds)
    }
    let desk = CodeDesk(store: store.id, session: session)
    let outcome = try await desk.issue(
      userID: customer.userID, email: customer.email)
    let record: CodeRepository.Record
    switch outcome {
    case .issued(let issued):
      context.logger.info("code issued", metadata: ["user": "\(customer.userID)"])
      record = issued
    case .standing(let standing): record = standing
    case .taken: throw LedgerError.rowMissing("referral_codes")
    }
    let figures = try await StorefrontRepository(session).figures(
      store: store.id, code: record.code)
    var response = try Response.json(
      Answer(
        code: record.code.value, status: record.isActive ? "active" : "disabled",
        link: try record.isActive ? link(record.code, store) : nil, clicks: figures.clicks,
        referrals: .init(tracked: figures.tracked, rewarded: figures.rewarded),
        rewards: .init(issued: figures.issued)))
    response.headers[.cacheControl] = "no-store"
    return response
  }

  /// Where several stores are connected, a link says which one it is of.
  private func link(_ code: ReferralCode, _ store: StoreConnection) throws -> String? {
    guard let publicURL = settings.publicURL else { return nil }
    let link = "\(publicURL)/r/\(code)"
    return try stores.isAmbiguous() ? "\(link)?store=\(store.address.authority)" : link
  }

  private func customer(
    _ request: Request, _ context: LaurelContext
  ) async throws -> CustomerTokens.Customer {
    // The store takes both schemes (FACTS §5); a scheme's name has no case (RFC 9110, section 11.1).
    let parts = request.headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
    guard parts.count == 2, ["bearer", "jwt"].contains(parts[0].lowercased()) else {
      throw Problem(
        .unauthorized, "token_missing",
        "Send the customer's access token as Authorization: Bearer <token>.")
    }
    let customer: CustomerTokens.Customer
    do {
      customer = try await tokens.customer(
        showing: String(parts[1]).trimmingSpace(), logger: context.logger)
    } catch let refusal as CustomerTokens.Refusal {
      throw Self.problem(refusal)
    }
    if let name = request.uri.queryParameters["store"].map(String.init),
      try stores.store(named: name).id != customer.store.id
    {
      throw Self.problem(.foreign)
    }
    return customer
  }

  private static func problem(_ refusal: CustomerTokens.Refusal) -> Problem {
    let (code, detail) =
      switch refusal {
      case .malformed:
        ("token_malformed", "This is no access token of a store, signed with RS256.")
      case .foreign:
        ("token_foreign", "The token was not made by the store that is connected here.")
      case .expired:
        ("token_expired", "The token's time is over; refresh it at the store.")
      case .wrongType:
        ("token_type", "Send an access token of a customer: none for refreshing, and no App's.")
      case .staff: ("token_staff", "Staff have no code; log in as a customer.")
      }
    return Problem(.unauthorized, code, detail)
  }
}
