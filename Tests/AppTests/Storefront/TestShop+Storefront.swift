import HTTPTransport

extension TestShop {
  /// Calls Laurel as a visitor's browser or a storefront does, and returns the whole answer.
  func fetch(
    _ path: String, _ method: HTTPRequest.Method = .get,
    headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
  ) async throws -> HTTPResponse {
    try await transport.send(
      HTTPRequest(
        method: method, url: url + path, headers: headers, body: body,
        totalTimeout: .seconds(30), reach: .anywhere))
  }
}
