/// A webhook's subscription query, read as far as it takes to tell which members a delivery will
/// lack. The store has checked it against its schema, so the names that stand in it are enough.
package struct WebhookQuery: Sendable {
  /// What a query lacks.
  package struct Gap: Sendable, Equatable {
    /// The members, as they would stand in the query.
    package let members: [String]
    /// What Laurel cannot do without them.
    package let consequence: String
    /// Whether deliveries are of no use without them.
    package let isGrave: Bool
  }

  /// What is looked for in a query that tells of some of the events.
  private struct Need {
    let events: Set<String>
    let members: [String]
    let consequence: String
    let isGrave: Bool
  }

  private let names: Set<String>

  /// Reads a query.
  package init(_ text: String) {
    var names: Set<String> = []
    for line in text.split(whereSeparator: \.isNewline) {
      let code = line.prefix { $0 != "#" }
      for name in code.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
        names.insert(String(name))
      }
    }
    self.names = names
  }

  /// What deliveries of `events` (such as "ORDER_PAID") will lack.
  package func gaps(for events: Set<String>) -> [Gap] {
    let types = events.filter { Delivery.isActedOn(Self.typeName($0)) }.map(Self.typeName)
      .filter { !names.contains($0) }.sorted()
    let untold =
      types.isEmpty
      ? []
      : [
        Gap(
          members: types.map { "... on \($0)" },
          consequence: "those events arrive without a subject",
          isGrave: true)
      ]
    let needed = Self.needs.filter { need in
      need.events.isEmpty || !need.events.isDisjoint(with: events.map(Self.typeName))
    }
    return untold
      + needed.compactMap { need in
        let missing = need.members.filter { !names.contains($0) }
        return missing.isEmpty
          ? nil
          : Gap(members: missing, consequence: need.consequence, isGrave: need.isGrave)
      }
  }

  private static let withCode = Delivery.orderEvents.union([Delivery.customerCreated])

  private static let needs = [
    Need(
      events: [], members: ["event", "__typename"],
      consequence: "every delivery is refused, for it names no event", isGrave: true),
    Need(
      events: [], members: ["issuedAt", "recipient"],
      consequence: "a delivery does not say when and for which App it was made", isGrave: false),
    Need(
      events: Delivery.orderEvents.union(Delivery.fallEvents), members: ["order", "id"],
      consequence: "deliveries do not tell which order they are about", isGrave: true),
    Need(
      events: withCode, members: ["metadata", "key", "value"],
      consequence: "no code is ever seen", isGrave: true),
    Need(
      events: Delivery.orderEvents, members: ["user", "userEmail"],
      consequence: "orders of customers who named their code when they registered are not found",
      isGrave: false),
    Need(
      events: Delivery.orderEvents, members: ["isPaid", "created"],
      consequence: "paid orders without a code are not remembered, so that their buyers can pass "
        + "for new ones", isGrave: false),
    Need(
      events: [Delivery.customerCreated], members: ["user", "id", "email"],
      consequence: "newcomers are not known", isGrave: true),
    Need(
      events: Delivery.deletionEvents, members: ["user", "id", "email"],
      consequence: "deleted customers are not forgotten", isGrave: false),
    Need(
      events: Delivery.giftCardEvents, members: ["giftCard", "id"],
      consequence: "the card is not known", isGrave: false),
    Need(
      events: Delivery.voucherEvents, members: ["voucher", "id"],
      consequence: "the voucher is not known", isGrave: false),
  ]

  /// "ORDER_PAID" as the type is called: "OrderPaid".
  package static func typeName(_ event: String) -> String {
    event.split(separator: "_").map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined()
  }
}
