import Domain
import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import Intake
import Ledger
package import Monitoring
import NIOCore
package import Postgres
package import Rules

/// Where storefronts ask whether a code is worth anything to a friend. The answer tells that, and
/// what a friend gets by any code: one that is unknown, no code at all or out of force is the same
/// work and the same bytes.
package struct CodeQuestionRoutes: Sendable {
  /// The largest body that is taken, in bytes.
  private static let maximumBodyBytes = 1024
  /// The longest text that is told back, in characters.
  private static let maximumTextLength = 64

  private let stores: StoreChoice
  private let session: any PostgresSession
  private let settings: StorefrontSettings
  private let limit: QuestionLimit
  private let terms: @Sendable () -> TermsBook
  private let metrics: Metrics

  /// Answers out of the ledger behind `session` as far as `limit` lets it, and by `terms`.
  package init(
    stores: StoreDirectory, session: any PostgresSession, settings: StorefrontSettings,
    limit: QuestionLimit, terms: @escaping @Sendable () -> TermsBook, metrics: Metrics
  ) {
    self.stores = StoreChoice(stores)
    self.session = session
    self.settings = settings
    self.limit = limit
    self.terms = terms
    self.metrics = metrics
  }

  /// Adds the routes.
  package func add(to router: some RouterMethods<LaurelContext>) {
    router.get("api/v1/codes/{code}") { request, context in
      try await answer(request, context) {
        Question(code: context.parameters.get("code") ?? "")
      }
    }
    router.post("api/v1/codes/validate") { request, context in
      try await answer(request, context) { try await read(request, context) }
    }
  }

  private struct Question: Decodable {
    let code: String
    var channel: String?
    var currency: String?
  }

  private struct Answer: Encodable {
    let code: String
    let friend: FriendAnswer?
    let valid: Bool

    enum CodingKeys: String, CodingKey { case code, friend, valid }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(code, forKey: .code)
      try container.encode(friend, forKey: .friend)
      try container.encode(valid, forKey: .valid)
    }
  }

  private func answer(
    _ request: Request, _ context: LaurelContext, question: () async throws -> Question
  ) async throws -> Response {
    switch limit.ask(settings.client(of: request, context)) {
    case .admitted: break
    case .clientLimited(let seconds): throw limited(seconds)
    case .allLimited: throw limited(1)
    }
    var question = try await question()
    question.channel = question.channel ?? request.uri.queryParameters["channel"].map(String.init)
    question.currency =
      question.currency ?? request.uri.queryParameters["currency"].map(String.init)
    let book = terms()
    let store = try stores.store(named: request.uri.queryParameters["store"].map(String.init))
    let finding: StorefrontRepository.Finding
    do {
      finding = try await StorefrontRepository(session).find(
        store: store.id, code: ReferralCode(typed: question.code), timeZone: book.timeZone)
    } catch {
      metrics.validations.add("failed")
      throw error
    }
    metrics.validations.add(finding.isInForce ? "valid" : "invalid")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let body = try encoder.encode(
      Answer(
        code: String(question.code.trimmingSpace().uppercased().prefix(Self.maximumTextLength)),
        friend: FriendAnswer(question.channel, question.currency, book, store, finding.today),
        valid: finding.isInForce))
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .init(byteBuffer: .init(bytes: body)))
  }

  private func limited(_ seconds: Int) -> Problem {
    metrics.validations.add("limited")
    return Problem(
      .tooManyRequests, "limited", "Too many questions about codes; ask again later.",
      retryAfter: seconds)
  }

  private func read(_ request: Request, _ context: LaurelContext) async throws -> Question {
    let buffer = try await context.body(of: request, upTo: Self.maximumBodyBytes)
    do {
      return try JSONDecoder().decode(Question.self, from: Data(buffer.readableBytesView))
    } catch {
      throw Problem(.badRequest, "malformed", #"The body must be JSON like {"code": "ABCD1234"}."#)
    }
  }
}
