import FoundationEssentials
package import Hummingbird
import NIOCore

/// An error as a client sees it: RFC 9457 `application/problem+json`.
package struct Problem: Error, ResponseGenerator, Sendable {
  /// Seconds after which a client may come again when the fault is ours.
  static let retryAfterFault = 5

  /// A delivery came while as many as Laurel takes at once were under way.
  static let overloaded = Problem(
    .serviceUnavailable, "overloaded", "Laurel takes in as much as it can just now.",
    retryAfter: retryAfterFault)

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
    let (head, body) = try message()
    return Response(
      status: status, headers: head.headerFields, body: .init(byteBuffer: body))
  }

  /// The answer as it goes over the wire, where no router stands in between.
  /// - Throws: `EncodingError`.
  func message() throws -> (head: HTTPResponse, body: ByteBuffer) {
    let body = try JSONEncoder().encode(
      Body(
        title: status.reasonPhrase, status: Int(status.code), code: code, detail: detail))
    var headers: HTTPFields = [
      .contentType: "application/problem+json", .contentLength: "\(body.count)",
    ]
    if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    if !allowed.isEmpty {
      headers[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    }
    if status == .unauthorized && (code == "admin_key" || code.hasPrefix("token_")) {
      headers[.wwwAuthenticate] = "Bearer"
    }
    return (HTTPResponse(status: status, headerFields: headers), ByteBuffer(bytes: body))
  }
}
