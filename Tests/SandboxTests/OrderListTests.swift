import FoundationEssentials
import Testing

@testable import Sandbox

/// Lists of orders: filters, sequence and pages.
@Suite struct OrderListTests {
  /// The list that Laurel asks for.
  private let query = """
    query Changed($since: DateTime!, $after: String, $limit: Int!, $sorting: OrderSortingInput!) {
      orders(first: $limit, after: $after, filter: {updatedAt: {gte: $since}}, sortBy: $sorting) {
        totalCount edges { cursor node { number updatedAt } } pageInfo { hasNextPage endCursor }
      }
    }
    """

  private static let sorting: JSONValue = ["field": "LAST_MODIFIED_AT", "direction": "ASC"]

  /// Orders 1 to 9; the odd ones changed at one instant, the even ones a second apart after it.
  private func storeWithOrders() async -> SandboxStore {
    let store = SandboxStore(now: { recordedDay })
    for number in 1...9 {
      let delay = number.isMultiple(of: 2) ? Double(number) : 0
      await store.put(
        .paid(
          number: number, total: 20, email: "a@example.com", created: recordedDay + delay))
    }
    return store
  }

  @Test func pagesFollowTheSequenceOfChange() async throws {
    try await withRunning(await storeWithOrders()) { running in
      var seen: [String] = []
      var after = JSONValue.null
      repeat {
        let list = try await running.query(
          query,
          [
            "since": .string(recordedDay.storeText), "after": after, "limit": 2,
            "sorting": Self.sorting,
          ])["data"]["orders"]
        #expect(list["totalCount"] == 9)
        seen += list["edges"].asArray?.compactMap { $0["node"]["number"].asString } ?? []
        after = list["pageInfo"]["hasNextPage"] == true ? list["pageInfo"]["endCursor"] : .null
        // Behind the page: it comes last now, and nothing else moves.
        if seen.count == 2 { await running.store.put(Self.changed(running.store, "9")) }
      } while after != .null
      #expect(seen == ["1", "3", "5", "7", "2", "4", "6", "8", "9"])
    }
  }

  @Test func theFilterIncludesItsInstant() async throws {
    try await withRunning(await storeWithOrders()) { running in
      let list = try await running.query(
        query, ["since": .string("2026-11-21T08:06:06Z"), "limit": 100, "sorting": Self.sorting])
      #expect(
        list["data"]["orders"]["edges"].asArray?.map { $0["node"]["number"] } == ["6", "8"])
    }
  }

  @Test func whatTheStoreRefusesIsRefused() async throws {
    try await withRunning(await storeWithOrders()) { running in
      let since = JSONValue.string(recordedDay.storeText)
      let cursor = try await running.query(
        query, ["since": since, "after": "bm9uZQ==", "limit": 2, "sorting": Self.sorting])
      #expect(cursor["errors"][0]["message"] == "Received cursor is invalid.")
      let both = try await running.query(
        """
        query($since: DateTime!) { orders(first: 1, filter: {updatedAt: {gte: $since}}, \
        where: {userEmail: {eq: "a@example.com"}}) { totalCount } }
        """, ["since": since])
      #expect(
        both["errors"][0]["message"]
          == "Only one filtering argument (filter or where) can be specified.")
    }
  }

  @Test func anInstantIsWrittenAsHTTPDoes() {
    #expect(recordedDay.httpText == "Sat, 21 Nov 2026 08:06:00 GMT")
    #expect(Date(timeIntervalSince1970: 0).httpText == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(Date(timeIntervalSince1970: 951_782_400).httpText == "Tue, 29 Feb 2000 00:00:00 GMT")
    for text in ["2026-11-21T08:06:00.250000+00:00", "2026-11-21T08:06:00.25Z"] {
      #expect(Date(storeText: text) == recordedDay + 0.25)
    }
    #expect(Date(storeText: "2026-11-21") == nil)
  }

  /// The order of this number, changed a minute later.
  private static func changed(_ store: SandboxStore, _ number: String) async -> SandboxOrder {
    var order =
      await store.orders.values.first { $0.number == number }
      ?? .paid(
        number: 0, total: 0, email: "")
    order.fields["updatedAt"] = .string((recordedDay + 60).storeText)
    return order
  }
}
