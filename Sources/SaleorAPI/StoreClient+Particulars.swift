package import Domain

extension StoreClient {
  /// What the store tells of an order for the antifraud rules; `nil` when it knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func particulars(ofOrder id: String) async throws -> OrderParticulars? {
    guard let order = try await graphQL.send(OrderParticularsQuery(id: id)).order else {
      return nil
    }
    var particulars = order.fields.particulars
    particulars.giftCardIDs = order.giftCards.map(\.id)
    particulars.account = try order.user?.account()
    return particulars
  }

  /// A referrer with his address book and his last ten orders; `nil` when the store knows no
  /// customer of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func referrer(_ id: String) async throws -> ReferrerProfile? {
    guard let user = try await graphQL.send(ReferrerQuery(id: id)).user else { return nil }
    return ReferrerProfile(
      account: try user.account.account(), addresses: user.addresses.map(\.address),
      orders: (user.orders?.edges ?? []).map { ($0.node.id, $0.node.fields.particulars) })
  }
}
