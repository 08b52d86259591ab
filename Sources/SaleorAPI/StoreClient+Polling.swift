package import FoundationEssentials

extension StoreClient {
  /// Some of the orders that changed, in the sequence in which they changed.
  package struct OrderPage: Sendable {
    /// The orders of the page.
    package let orders: [PolledOrder]
    /// The orders that the store will not show whole because they are too large.
    package let unreadable: [String]
    /// When the last order of the page was changed, by the store's clock; `nil` for an empty page.
    package let reached: Date?
    /// Where the next page begins; `nil` when this is the last one.
    package let next: String?
  }

  /// How many orders a page has at most; the store gives no more.
  private static let pageLimit = 100

  /// The time at the store, in whole seconds.
  /// - Throws: `StoreError`, `CancellationError`.
  package func time() async throws -> Date {
    try await graphQL.sendForTime(ShopVersion()).time
  }

  /// The next page of the orders that changed since `start`, which counts in whole seconds; `after`
  /// is where the page before it ended.
  ///
  /// Anybody can write as much as he likes into the metadata of his own checkout (FACTS §4). So a
  /// page that is too large is asked for with fewer orders, and an order that is too large by itself
  /// is passed over: it could not be read back for a decision either.
  /// - Throws: `StoreError`, `CancellationError`.
  package func orders(changedSince start: Date, after: String?) async throws -> OrderPage {
    let since = start.formatted(.iso8601)
    var limit = Self.pageLimit
    while limit > 0 {
      do {
        return try await page(ChangedOrders(since: since, after: after, limit: limit))
      } catch let error as StoreError where error.code == .answerTooLarge {
        limit /= 10
      }
    }
    return try await page(ChangedOrderTimes(since: since, after: after))
  }

  private func page(_ operation: ChangedOrders) async throws -> OrderPage {
    guard let list = try await graphQL.send(operation).orders else {
      throw StoreError(.unexpectedAnswer, "ChangedOrders: no list of orders")
    }
    let orders = try list.edges.map { try $0.node.polled() }
    return OrderPage(
      orders: orders, unreadable: [], reached: orders.last?.updatedAt,
      next: try list.pageInfo.next())
  }

  private func page(_ operation: ChangedOrderTimes) async throws -> OrderPage {
    guard let list = try await graphQL.send(operation).orders else {
      throw StoreError(.unexpectedAnswer, "ChangedOrderTimes: no list of orders")
    }
    let reached = try list.edges.last.map { edge in
      guard let time = StoreTime.date(edge.node.updatedAt) else {
        throw StoreError(.unexpectedAnswer, "an order's time is not a time")
      }
      return time
    }
    return OrderPage(
      orders: [], unreadable: list.edges.map(\.node.id), reached: reached,
      next: try list.pageInfo.next())
  }
}

extension PageInfo {
  /// Where the next page begins; `nil` when there is none.
  /// - Throws: `StoreError` when the list goes on and does not say where.
  func next() throws(StoreError) -> String? {
    guard hasNextPage else { return nil }
    guard let endCursor else {
      throw StoreError(.unexpectedAnswer, "a list goes on and does not say where")
    }
    return endCursor
  }
}
