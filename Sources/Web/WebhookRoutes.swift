package import Hummingbird
package import Intake
import Logging
package import Monitoring
import NIOCore

/// Where the store posts its events.
package struct WebhookRoutes: Sendable {
  /// The largest body that is taken, in bytes. The store sets no limit of its own (FACTS §3); a
  /// recorded order of one line has 3.5 KB and each further line adds about 600 bytes.
  package static let maximumBodyBytes = 2 << 20

  private let intake: Intake
  private let metrics: Metrics

  /// Hands deliveries to `intake`. What does not get as far as that is counted here.
  package init(intake: Intake, metrics: Metrics) {
    self.intake = intake
    self.metrics = metrics
  }

  /// Whether a request goes to one of the routes.
  static func isDelivery(_ head: HTTPRequest) -> Bool {
    head.method == .post && head.path?.hasPrefix("/webhooks/") == true
  }

  /// Adds the routes.
  package func add(to router: some RouterMethods<LaurelContext>) {
    for path in ["saleor", "order-confirmed", "customer-created"] {
      router.post("webhooks/\(path)") { request, context in
        try await receive(request, context)
      }
    }
  }

  /// The only answers to what was taken in, written once.
  private static let answers = Dictionary(
    uniqueKeysWithValues: Intake.Receipt.allCases.map {
      ($0, ByteBuffer(string: #"{"status":"\#($0.rawValue)"}"#))
    })

  private func receive(
    _ request: Request, _ context: LaurelContext
  ) async throws -> Response {
    let buffer: ByteBuffer
    do {
      buffer = try await context.body(of: request, upTo: Self.maximumBodyBytes)
    } catch let error as NIOTooManyBytesError {
      context.logger.warning("delivery refused", metadata: ["reason": "too large"])
      metrics.deliveries.add("none", "too_large")
      throw error
    }
    let receipt = try await intake.receive(
      DeliveryRequest(
        body: Array(buffer: buffer),
        signatures: request.headers.saleorSignatures,
        apiURLs: request.headers.saleorAPIURLs,
        eventHeader: request.headers.saleorEvent,
        contentType: request.headers[.contentType]), logger: context.logger)
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: Self.answers[receipt] ?? ByteBuffer()))
  }
}
