import FoundationEssentials
package import Hummingbird

/// An error as a client sees it: RFC 9457 `application/problem+json`.
package struct Problem: Error, ResponseGenerator, Sendable {
  /// The HTTP status.
  package let status: HTTPResponse.Status
  /// A stable word for programs.
  package let code: String
  /// A sentence for people: what is wrong and what to do.
  package let detail: String
  /// When to come again, in seconds; for faults of ours.
  package let retryAfter: Int?
  /// The methods that the path takes; for a method that it does not take.
  package let allowed: [HTTPRequest.Method]

  /// Puts a problem together.
  package init(
    _ status: HTTPResponse.Status, _ code: String, _ detail: String, retryAfter: Int? = nil,
    allowed: [HTTPRequest.Method] = []
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
    self.allowed = allowed
  }

  private struct Body: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let code: String
    let detail: String
  }

  package func response(from request: Request, context: some RequestContext) throws -> Response {
    let body = try JSONEncoder().encode(
      Body(
        title: status.reasonPhrase, status: Int(status.code), code: code, detail: detail))
    var headers: HTTPFields = [.contentType: "application/problem+json"]
    if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    if !allowed.isEmpty {
      headers[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    }
    if status == .unauthorized && (code == "admin_key" || code.hasPrefix("token_")) {
      headers[.wwwAuthenticate] = "Bearer"
    }
    return Response(status: status, headers: headers, body: .init(byteBuffer: .init(bytes: body)))
  }
}
