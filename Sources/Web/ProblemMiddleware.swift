package import Hummingbird
import Intake
import Ledger
import Logging
import NIOCore
import Postgres

/// The one place where an error becomes an HTTP status.
package struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  /// Needs nothing.
  package init() {}

  @concurrent package func handle(
    _ request: Request, context: Context,
    next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      return try Self.problem(for: error, logger: context.logger)
        .response(from: request, context: context)
    }
  }

  /// What the client is told of an error. Faults of ours are 503, because the store tries again
  /// after a 5xx and never after a 4xx (FACTS §3).
  static func problem(for error: any Error, logger: Logger) -> Problem {
    switch error {
    case let problem as Problem:
      return problem
    case IntakeError.unauthorized:
      return Problem(.unauthorized, "signature", "The Saleor-Signature header does not match.")
    case IntakeError.malformed(let reason):
      return Problem(.badRequest, "malformed", reason)
    case IntakeError.unavailable(let reason):
      return Problem(
        .serviceUnavailable, "unavailable", reason, retryAfter: Problem.retryAfterFault)
    case is NIOTooManyBytesError:
      return Problem(.contentTooLarge, "too_large", "The body is larger than is taken here.")
    case let error as any HTTPResponseError:
      logger.debug("request refused", metadata: ["status": "\(error.status.code)"])
      return Problem(error.status, "http", error.status.reasonPhrase)
    default:
      logger.error("request failed", metadata: ["error": "\(error)"])
      return Problem(
        .serviceUnavailable, "unavailable", "Laurel cannot do this just now.",
        retryAfter: Problem.retryAfterFault)
    }
  }
}
