import HTTPTypes
package import Hummingbird

/// Lets the pages of the shop's own storefronts read answers, and no other pages (the CORS protocol
/// of the Fetch standard). No origin is allowed that is not listed, and cookies play no part.
package struct CrossOriginMiddleware<Context: RequestContext>: RouterMiddleware {
  /// For how many seconds a browser may remember what it was allowed.
  private static var memory: Int { 600 }

  private let origins: Set<String>

  /// Allows these origins, as browsers write them.
  package init(origins: Set<String>) {
    self.origins = origins
  }

  @concurrent package func handle(
    _ request: Request, context: Context,
    next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    let origin = request.headers[.origin].flatMap { origins.contains($0) ? $0 : nil }
    var response = try await next(request, context)
    // What a cache keeps for one page is not the answer to another.
    response.headers[.vary] = "Origin"
    guard let origin else { return response }
    response.headers[.accessControlAllowOrigin] = origin
    if request.method == .options {
      response.headers[.accessControlAllowMethods] = "GET, POST"
      response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type"
      response.headers[.accessControlMaxAge] = "\(Self.memory)"
    } else {
      response.headers[.accessControlExposeHeaders] = "Retry-After"
    }
    return response
  }
}
