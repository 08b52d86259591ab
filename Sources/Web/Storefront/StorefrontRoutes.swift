package import Hummingbird
package import Intake
package import Monitoring
package import Postgres
package import Rules

/// Everything that storefronts and their visitors call.
package struct StorefrontRoutes: Sendable {
  private let origins: Set<String>
  private let questions: CodeQuestionRoutes
  private let invitations: InvitationRoutes
  private let customers: CustomerRoutes
  private let widget: Widget

  /// Answers for the active ones of `stores` out of the ledger behind `pool`, believes customers'
  /// tokens under `keys`, and counts clicks in `tally`; what friends get stands in `terms`, which can
  /// be another book each time.
  /// - Throws: `SigningError`.
  package init(
    _ settings: StorefrontSettings, stores: StoreDirectory, keys: KeyDirectory, pool: Pool,
    tally: ClickTally, terms: @escaping @Sendable () -> TermsBook, metrics: Metrics
  ) throws {
    widget = try Widget()
    customers = CustomerRoutes(
      stores: stores, session: pool, tokens: CustomerTokens(stores: stores, keys: keys),
      settings: settings, metrics: metrics)
    origins = settings.origins
    // One for both: a link tells as much of a code as an answer does.
    let limit = QuestionLimit(settings.limit, metrics: metrics)
    questions = CodeQuestionRoutes(
      stores: stores, session: pool, settings: settings, limit: limit, terms: terms,
      metrics: metrics)
    invitations = InvitationRoutes(
      stores: stores, session: pool, settings: settings, limit: limit, tally: tally,
      terms: terms, metrics: metrics)
  }

  /// Adds the routes. What pages of a storefront call by themselves is open to the listed origins;
  /// an invitation is followed by browsers alone, which need no leave for that.
  package func add(to router: Router<LaurelContext>) {
    invitations.add(to: router)
    let shared = router.group()
      .add(middleware: CrossOriginMiddleware(origins: origins))
      // Errors become answers in here, so that a page may read them too.
      .add(middleware: ProblemMiddleware())
    questions.add(to: shared)
    customers.add(to: shared)
    shared.get("widget.js") { request, _ in widget.response(to: request) }
    shared.get("api/v1/openapi.json") { _, _ in OpenAPIDocument.response }
    for path in [
      "api/v1/codes/{code}", "api/v1/codes/validate", "api/v1/me", "api/v1/openapi.json",
      "widget.js",
    ] {
      shared.on(RouterPath(path), method: .options) { _, _ in Response(status: .noContent) }
    }
  }
}
