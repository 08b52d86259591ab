import FoundationEssentials
import Testing

@testable import Sandbox

/// Orders: what paying, refunding and cancelling do, and what clients see of it.
@Suite struct OrderTests {
  /// The order operation that Laurel sends.
  private let query = """
    query Order($id: ID!) { order(id: $id) { id number created status origin isPaid chargeStatus \
    channel { slug currencyCode } total { gross { amount currency } } \
    totalCharged { amount currency } userEmail user { id email } metadata { key value } } }
    """

  @Test func anOrderIsPaidRefundedAndCancelled() {
    var order = SandboxOrder.unpaid(number: 5, total: 40, email: "A@example.com")
    #expect(order.status == "UNCONFIRMED" && !order.isPaid && order.chargeStatus == "NONE")
    #expect(order.userID == nil && order.totalCharged == 0)
    order.pay()
    #expect(order.status == "UNFULFILLED" && order.isPaid && order.chargeStatus == "FULL")
    #expect(order.totalCharged == 40)
    order.refund(10)
    #expect(!order.isPaid && order.chargeStatus == "PARTIAL" && order.totalCharged == 30)
    order.refund(30)
    #expect(!order.isPaid && order.chargeStatus == "NONE" && order.status == "UNFULFILLED")
    #expect(order.fields["totalBalance"]["amount"] == .number("-40.0"))
    var other = SandboxOrder.paid(number: 6, total: 20, email: "a@example.com")
    other.cancel()
    #expect(other.status == "CANCELED" && other.isPaid)
  }

  @Test(arguments: [
    ("0024-order_fully_paid", true, "FULL", "UNFULFILLED"),
    ("0115-order_refunded", false, "PARTIAL", "UNFULFILLED"),
    ("0124-order_fully_refunded", false, "NONE", "UNFULFILLED"),
    ("0129-order_cancelled", true, "FULL", "CANCELED"),
  ])
  func recordedDeliveriesAreLoadedWhole(
    _ name: String, isPaid: Bool, chargeStatus: String, status: String
  ) throws {
    let body = try Fixture.bytes("deliveries/\(name)--sub-hmac_order.body")
    let order = try #require(SandboxOrder(recorded: body))
    #expect(order.isPaid == isPaid && order.chargeStatus == chargeStatus)
    #expect(order.status == status && order.origin == "CHECKOUT")
    #expect(order.channel == "default-channel" && order.currency == "USD")
    #expect(order.metadata["ref_code"] == "ALICE10")
    let recorded = try JSONParser.parse(body)["order"]
    #expect(order.fields == recorded)
  }

  @Test func whatHoldsNoOrderIsNotLoaded() throws {
    #expect(SandboxOrder(recorded: Array("{\"order\": null}".utf8)) == nil)
    #expect(SandboxOrder(recorded: Array("nope".utf8)) == nil)
  }

  @Test func clientsSeeTheOrderAsItIsNow() async throws {
    try await withRunning(SandboxStore()) { running in
      let order = SandboxOrder.unpaid(
        number: 8, total: try #require(Decimal(string: "19.99")), email: "Ann@example.com",
        userID: "VXNlcjo3", metadata: ["ref_code": "ALICE10"], created: recordedDay)
      await running.store.put(order)
      await running.store.pay(order: order.id)
      let paid = try await running.query(query, ["id": .string(order.id)])["data"]["order"]
      #expect(
        paid == [
          "id": .string(order.id), "number": "8", "created": .string(recordedDay.storeText),
          "status": "UNFULFILLED", "origin": "CHECKOUT", "isPaid": true, "chargeStatus": "FULL",
          "channel": ["slug": "default-channel", "currencyCode": "USD"],
          "total": ["gross": ["amount": .number("19.99"), "currency": "USD"]],
          "totalCharged": ["amount": .number("19.99"), "currency": "USD"],
          "userEmail": "Ann@example.com",
          "user": ["id": "VXNlcjo3", "email": "ann@example.com"],
          "metadata": [["key": "ref_code", "value": "ALICE10"]],
        ])
      await running.store.cancel(order: order.id)
      let cancelled = try await running.query(query, ["id": .string(order.id)])
      #expect(cancelled["data"]["order"]["status"] == "CANCELED")
      await running.store.remove(order: order.id)
      let gone = try await running.query(query, ["id": .string(order.id)])
      #expect(gone["data"] == ["order": .null])
      #expect(await running.store.calls == ["order": 3])
    }
  }

  @Test func aTokenCanDieBeReplacedAndLosePermissions() async throws {
    try await withRunning(SandboxStore()) { running in
      let query = "query AppSelf { app { id permissions { code } } }"
      await running.store.remove(permission: "MANAGE_ORDERS")
      let fewer = try await running.query(query)["data"]["app"]["permissions"].asArray
      #expect(fewer?.count == SandboxApp.recordedPermissions.count - 1)
      await running.store.set(tokenWorks: false)
      #expect(try await running.query(query)["data"] == ["app": .null])
      await running.store.set(tokenWorks: true)
      await running.store.set(token: "second")
      #expect(try await running.query(query)["data"] == ["app": .null])
      #expect(try await running.query(query, bearer: "second")["data"]["app"]["id"] == "QXBwOjI=")
    }
  }
}
