import FoundationEssentials
import HTTPTransport
import Signing
import Testing

@testable import SaleorAPI

/// The deliveries that a real store had given up, as it shows them.
@Suite struct MissedDeliveryAnswerTests {
  /// What was recorded: all webhooks of the App at once.
  private struct Recorded: Decodable {
    struct App: Decodable { let webhooks: [Webhook] }
    struct Webhook: Decodable { let eventDeliveries: Connection }
    struct Connection: Decodable { let edges: [Edge] }
    struct Edge: Decodable { let node: MissedDeliveryFields }
    let app: App
  }
  private struct Body: Decodable { let data: Recorded }

  @Test func thePayloadIsWhatWasPosted() throws {
    let answer = try AnswerTests.answer("app-failed-event-deliveries")
    let deliveries = try JSONDecoder().decode(Body.self, from: Data(answer.body)).data.app.webhooks
      .flatMap(\.eventDeliveries.edges).map(\.node)
    #expect(deliveries.count == 12)
    #expect(deliveries.count { $0.payload == nil } == 6)
    #expect(deliveries.allSatisfy { StoreTime.date($0.createdAt) != nil })
    // Every attempt, and the one that staff asked for by hand, had these bytes.
    let shown = deliveries.compactMap(\.payload).map { Array($0.utf8) }
    for name in ["1879", "1884", "1888", "1892", "1896", "1986", "1990"] {
      let path = Fixtures.path("deliveries/\(name)-customer_updated--sub-jws_customer.body")
      let posted = Array(try #require(FileManager.default.contents(atPath: path)))
      #expect(shown.contains(posted))
    }
  }
}
