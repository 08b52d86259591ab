import SaleorAPI
import Testing

@Suite struct WebhookQueryTests {
  static let whole = """
    subscription {
      event {
        __typename issuedAt recipient { id }
        ... on OrderPaid { order { ...Order } }
        ... on CustomerCreated { user { id email metadata { key value } } }
      }
    }
    fragment Order on Order {
      id created isPaid userEmail user { id } metadata { key value }
    }
    """

  static func missing(_ text: String, _ events: Set<String>) -> [[String]] {
    WebhookQuery(text).gaps(for: events).map(\.members)
  }

  @Test func aWholeQueryLacksNothing() {
    #expect(Self.missing(Self.whole, ["ORDER_PAID", "CUSTOMER_CREATED"]).isEmpty)
    // Laurel does not act on it.
    #expect(Self.missing(Self.whole, ["ORDER_PAID", "ORDER_UPDATED"]).isEmpty)
  }

  @Test func anEventThatIsNotAskedForArrivesEmpty() {
    #expect(
      Self.missing(Self.whole, ["ORDER_PAID", "ORDER_FULLY_PAID", "ORDER_EXPIRED"])
        == [["... on OrderExpired", "... on OrderFullyPaid"]])
  }

  @Test func whatStandsInARemarkIsNotAskedFor() {
    let query = Self.whole.replacing("__typename", with: "# __typename")
    #expect(Self.missing(query, ["ORDER_PAID"]).contains(["__typename"]))
  }

  @Test func onlyWhatAnEventNeedsIsMissed() {
    let query =
      "subscription { event { __typename issuedAt recipient { id } "
      + "... on OrderCancelled { order { id } } ... on GiftCardUpdated { giftCard { code } } } }"
    #expect(Self.missing(query, ["ORDER_CANCELLED"]).isEmpty)
    #expect(Self.missing(query, ["GIFT_CARD_UPDATED"]).isEmpty)
    let paid = query.replacing("OrderCancelled", with: "OrderPaid")
    let gaps = WebhookQuery(paid).gaps(for: ["ORDER_PAID"])
    #expect(
      gaps.map(\.members) == [
        ["metadata", "key", "value"], ["user", "userEmail"], ["isPaid", "created"],
      ])
    #expect(gaps.map(\.isGrave) == [true, false, false])
  }
}
