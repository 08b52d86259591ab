import FoundationEssentials
import Hummingbird

extension Response {
  /// A JSON answer.
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok
  ) throws -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: .init(bytes: try JSONEncoder().encode(value))))
  }
}
