package import Domain
package import HTTPTransport

/// Fetches the key set that a store publishes (RFC 7517), from the address under which the store is
/// registered and no other. Redirects are not followed; time and size are bounded.
package struct KeySetFetch: Sendable {
  /// The longest document that is taken, in bytes. The store's own has about 600 (FACTS §2).
  package static let maximumByteCount = 64 * 1024
  /// How long a fetch may take. The store waits 18 s for the answer to its delivery (FACTS §3).
  package static let deadline: Duration = .seconds(5)

  private let transport: HTTPTransport

  /// Fetches over `transport`.
  package init(transport: HTTPTransport) {
    self.transport = transport
  }

  /// The document as the store answers it; the store may stand as far as `reach` goes.
  /// - Throws: `StoreError`.
  package func callAsFunction(
    _ store: StoreAddress, reach: HTTPRequest.Reach
  ) async throws -> [UInt8] {
    let response: HTTPResponse
    do {
      response = try await transport.send(
        HTTPRequest(
          method: .get, url: "\(store.origin)/.well-known/jwks.json", totalTimeout: Self.deadline,
          maximumResponseBytes: Self.maximumByteCount, reach: reach))
    } catch {
      throw StoreError(
        error.code == .bodyTooLarge ? .answerTooLarge : .unreachable, "jwks.json: \(error)")
    }
    guard response.status == 200 else {
      throw StoreError(
        response.status >= 500 ? .unavailable : .unexpectedAnswer,
        "jwks.json: HTTP \(response.status)")
    }
    return response.body
  }
}
