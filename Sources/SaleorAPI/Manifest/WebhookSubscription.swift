/// One webhook of the manifest: its events, and the query of what each of them tells.
///
/// Every query asks for what the envelope is checked with, and beyond that for what `Delivery`
/// reads and no more.
package struct WebhookSubscription: Sendable {
  /// The name that the Dashboard shows.
  package let name: String
  /// The webhook's events as the store's enumeration has them, such as `ORDER_PAID`.
  package let events: [String]
  /// The GraphQL text.
  package let query: String

  /// The permission without which the store never sends the events.
  package let permission: AppPermission

  /// Orders.
  private static let orders = WebhookSubscription(
    "Orders", .manageOrders,
    [
      ("OrderConfirmed", "order { ...Order }"), ("OrderPaid", "order { ...Order }"),
      ("OrderFullyPaid", "order { ...Order }"), ("OrderCancelled", "order { id }"),
      ("OrderRefunded", "order { id }"), ("OrderFullyRefunded", "order { id }"),
      ("OrderExpired", "order { id }"),
    ],
    fragment: """

      fragment Order on Order {
        id
        created
        isPaid
        userEmail
        user { id }
        metadata { key value }
        giftCards { id }
        voucher { id }
      }
      """)

  /// Customers; of a deleted one the address too, by which orders of a guest are his.
  /// `CustomerDeleted` came with 3.23; the older stores have the event, and nothing that a query
  /// could ask of it.
  private static func customers(_ version: StoreVersion) -> WebhookSubscription {
    let members = [
      ("CustomerCreated", "user { id email metadata { key value } }"),
      ("CustomerMetadataUpdated", "user { id }"), ("AccountConfirmed", "user { id }"),
      ("AccountDeleted", "user { id email }"),
    ]
    let newer = version.tellsOfDeletedCustomers ? [("CustomerDeleted", "user { id email }")] : []
    return WebhookSubscription("Customers", .manageUsers, members + newer)
  }

  /// What becomes of gift cards.
  private static let giftCards = WebhookSubscription(
    "Gift cards", .manageGiftCards,
    [
      ("GiftCardUpdated", "giftCard { id }"), ("GiftCardStatusChanged", "giftCard { id }"),
      ("GiftCardDeleted", "giftCard { id }"),
    ])

  /// What becomes of vouchers.
  private static let vouchers = WebhookSubscription(
    "Vouchers", .manageDiscounts,
    [("VoucherUpdated", "voucher { id }"), ("VoucherDeleted", "voucher { id }")])

  /// What becomes of the Apps of the store, this one among them.
  private static let apps = WebhookSubscription(
    "App", .manageApps,
    [
      ("AppInstalled", "app { id isActive }"), ("AppStatusChanged", "app { id isActive }"),
      ("AppDeleted", "app { id isActive }"),
    ])

  /// The webhooks for a store of this version, as far as `permissions` go.
  package static func all(
    for version: StoreVersion, permissions: [AppPermission]
  ) -> [WebhookSubscription] {
    [orders, customers(version), giftCards, vouchers, apps]
      .filter { permissions.contains($0.permission) }
  }

  /// `members` gives for each event type what is asked of it.
  private init(
    _ name: String, _ permission: AppPermission, _ members: [(event: String, asked: String)],
    fragment: String = ""
  ) {
    self.name = "Laurel: \(name)"
    self.permission = permission
    events = members.map { Self.enumerationName($0.event) }
    query = """
      subscription Laurel\(name.filter { $0 != " " }) {
        event {
          __typename
          issuedAt
          version
          recipient { id }
      \(members.map { "    ... on \($0.event) { \($0.asked) }" }.joined(separator: "\n"))
        }
      }
      \(fragment)
      """
  }

  /// "OrderFullyPaid" as the enumeration has it: "ORDER_FULLY_PAID".
  private static func enumerationName(_ type: String) -> String {
    String(type.flatMap { $0.isUppercase ? ["_", $0] : [$0] }.dropFirst()).uppercased()
  }
}
