package import Hummingbird
import Logging
import Signing

/// Lets in who shows the admin key as a bearer token.
package struct AdminKeyMiddleware<Context: RequestContext>: RouterMiddleware {
  private let digest: [UInt8]

  /// Admits `key`. Only its digest is kept and compared, so that neither time nor memory tells
  /// anything of it.
  /// - Throws: `SigningError`.
  package init(key: String) throws {
    digest = try SHA256.hash(Array(key.utf8))
  }

  @concurrent package func handle(
    _ request: Request, context: Context,
    next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    // The scheme's name has no case (RFC 9110, section 11.1).
    guard let header = request.headers[.authorization],
      header.prefix(7).lowercased() == "bearer ",
      ConstantTime.areEqual(try SHA256.hash(Array(header.dropFirst(7).utf8)), digest)
    else {
      context.logger.warning("admin request refused", metadata: ["path": "\(request.uri.path)"])
      throw Problem(
        .unauthorized, "admin_key", "Send the admin key as Authorization: Bearer <key>.")
    }
    return try await next(request, context)
  }
}
