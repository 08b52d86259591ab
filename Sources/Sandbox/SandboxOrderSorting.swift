import FoundationEssentials

/// The sequence of a list of orders, and the cursors that follow from it.
///
/// A cursor holds the values by which the list is sorted, as the store's do: the page after it begins
/// with whatever comes behind those values now, so an order that changes between two pages is
/// neither shown twice in its old place nor pushes another one out.
struct SandboxOrderSorting: Sendable {
  private let byChange: Bool
  private let isAscending: Bool

  /// Reads the argument `sortBy`; null stands for the newest first.
  init(_ argument: JSONValue) {
    byChange = argument["field"] == "LAST_MODIFIED_AT"
    isAscending = argument["direction"] == "ASC"
  }

  /// The orders in sequence.
  func sorted(_ orders: some Sequence<SandboxOrder>) -> [SandboxOrder] {
    orders.map { (key: key(of: $0), order: $0) }.sorted { precedes($0.key, $1.key) }.map(\.order)
  }

  /// The cursor of an order: base64 of a JSON list.
  func cursor(of order: SandboxOrder) -> String {
    Data(JSONValue.array(key(of: order).map(JSONValue.string)).bytes()).base64EncodedString()
  }

  /// Those of `orders` that come behind a cursor; nil when that is none of this sequence.
  func rest(of orders: [SandboxOrder], after cursor: String) -> [SandboxOrder]? {
    guard let data = Data(base64Encoded: cursor),
      let values = try? JSONParser.parse(Array(data)).asArray?.compactMap(\.asString),
      values.count == (byChange ? 3 : 2)
    else { return nil }
    return orders.filter { precedes(values, key(of: $0)) }
  }

  private func precedes(_ first: [String], _ second: [String]) -> Bool {
    isAscending ? first.lexicographicallyPrecedes(second) : second.lexicographicallyPrecedes(first)
  }

  /// The values by which an order is sorted; the number, which is unique, at equal length.
  private func key(of order: SandboxOrder) -> [String] {
    guard byChange else { return [order.created, order.id] }
    let zeros = String(repeating: "0", count: max(0, 12 - order.number.count))
    return [order.changed, order.status.lowercased(), zeros + order.number]
  }
}
