import Domain
import FoundationEssentials
import SaleorAPI
import Testing

@Suite struct DeliveryTests {
  static func read(_ text: String) throws(Delivery.Fault) -> Delivery {
    try Delivery(body: Array(text.utf8), eventHeader: nil)
  }

  @Test func aRecordedOrderIsRead() throws {
    let path = Fixtures.path("deliveries/0029-order_confirmed--sub-hmac_order.body")
    let body = try #require(FileManager.default.contents(atPath: path))
    let delivery = try Delivery(body: Array(body), eventHeader: "order_paid")
    #expect(delivery.event == "OrderConfirmed")
    #expect(delivery.orderID == "T3JkZXI6ZjE1ODg0NzktNTc2My00NzU3LWI0ZDAtZGNhMDU4ZDU3N2Nk")
    #expect(delivery.referralCodeText == "ALICE10")
    #expect(delivery.isUsed)
  }

  @Test(arguments: ["", " ", "null", "7", "{", "{\"__typename\":\"OrderPaid\"", "\u{FEFF}x"])
  func whatIsNoObjectIsRefused(text: String) {
    #expect(throws: Delivery.Fault.notJSON) { try Self.read(text) }
  }

  @Test(arguments: ["0037-customer_created--sub-hmac", "0035-customer_created--legacy-hmac"])
  func aRecordedNewcomerIsRead(name: String) throws {
    let path = Fixtures.path("deliveries/\(name)_customer.body")
    let body = Array(try #require(FileManager.default.contents(atPath: path)))
    let delivery = try Delivery(body: body, eventHeader: "customer_created")
    #expect(delivery.event == "CustomerCreated")
    #expect(delivery.orderID == nil)
    #expect(delivery.customerID == "VXNlcjo0Ng==")
    #expect(delivery.email?.normalized == "bob.ref@example.com")
    #expect(delivery.referralCodeText == "ALICE10")
    #expect(delivery.isUsed)
  }

  @Test func whatACustomerWritesLaterIsNoClaim() throws {
    let text = #"{"__typename":"CustomerMetadataUpdated","user":{"id":"a","metadata":[]}}"#
    #expect(try !Self.read(text).isUsed)
    #expect(try Self.read(#"{"__typename":"CustomerCreated","user":null}"#).lacksSubject)
  }

  @Test func aLegacyObjectIsGenuineAndNotUsed() throws {
    let delivery = try Delivery(body: Array("{}".utf8), eventHeader: "account_confirmed")
    #expect(delivery.event == "AccountConfirmed")
    #expect(!delivery.isUsed)
    #expect(throws: Delivery.Fault.noEventName) {
      try Delivery(body: Array("{}".utf8), eventHeader: "order_confirmed")
    }
  }

  @Test func aRecordedLegacyOrderIsReadLikeItsTwin() throws {
    let path = Fixtures.path("deliveries/0015-order_confirmed--legacy-hmac_order.body")
    let body = Array(try #require(FileManager.default.contents(atPath: path)))
    let delivery = try Delivery(body: body, eventHeader: "order_confirmed")
    #expect(delivery.event == "OrderConfirmed")
    #expect(delivery.orderID == "T3JkZXI6ZjE1ODg0NzktNTc2My00NzU3LWI0ZDAtZGNhMDU4ZDU3N2Nk")
    #expect(delivery.referralCodeText == "ALICE10")
    #expect(throws: Delivery.Fault.noEventName) { try Delivery(body: body, eventHeader: nil) }
    #expect(try !Delivery(body: body, eventHeader: "order_updated").isUsed)
    for text in ["[]", "[7]", #"[{"type":"User","id":"a"}]"#, #"[{"type":"Order"}]"#] {
      #expect(throws: Delivery.Fault.badShape) {
        try Delivery(body: Array(text.utf8), eventHeader: "order_paid")
      }
    }
    #expect(throws: Delivery.Fault.notJSON) {
      try Delivery(body: Array("[{".utf8), eventHeader: "order_paid")
    }
  }

  @Test func aBombOfBracketsIsRefused() {
    let text = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    for event in ["order_paid", "order_updated"] {
      #expect(throws: Delivery.Fault.notJSON) {
        try Delivery(body: Array(text.utf8), eventHeader: event)
      }
    }
    #expect(throws: Delivery.Fault.notJSON) {
      try Self.read(#"{"__typename":"OrderPaid","x":"# + text + "}")
    }
    let objects =
      String(repeating: #"{"a":"#, count: 100_000) + "1" + String(repeating: "}", count: 100_000)
    #expect(throws: Delivery.Fault.notJSON) { try Self.read(objects) }
  }

  @Test func anEventNeedsItsName() {
    for text in ["{}", #"{"__typename":""}"#, #"{"__typename":"Order\u0000Paid"}"#] {
      #expect(throws: Delivery.Fault.noEventName) { try Self.read(text) }
    }
  }

  @Test func anOrderNeedsAnIDThatCanBeKept() {
    for id in [#"a\u0000b"#, "", "a b", "ж", String(repeating: "a", count: 300)] {
      #expect(throws: Delivery.Fault.badID) {
        try Self.read(#"{"__typename":"OrderPaid","order":{"id":"\#(id)"}}"#)
      }
    }
  }

  @Test func anOrderThatTheAppMayNotReadIsNull() throws {
    let delivery = try Self.read(#"{"__typename":"OrderConfirmed","order":null}"#)
    #expect(delivery.lacksSubject)
    #expect(!delivery.isUsed)
  }

  @Test func otherEventsAreNotUsed() throws {
    #expect(try !Self.read(#"{"__typename":"VoucherCreated"}"#).isUsed)
    #expect(try !Self.read(#"{"__typename":"OrderUpdated","order":{"id":"a"}}"#).isUsed)
    #expect(try !Self.read(#"{"__typename":"Invented","order":{"id":"a"}}"#).isUsed)
  }

  @Test func anOrderOfAnotherShapeIsRefusedWhereItIsUsed() throws {
    for order in [#"{"number":"7"}"#, "7", "[]", #"{"id":7}"#, #"{"id":"a","metadata":{}}"#] {
      #expect(throws: Delivery.Fault.badShape) {
        try Self.read(#"{"__typename":"OrderPaid","order":\#(order)}"#)
      }
      #expect(try !Self.read(#"{"__typename":"FulfillmentCreated","order":\#(order)}"#).isUsed)
    }
  }

  @Test func aCodeWithANulIsNoReasonToRefuse() throws {
    let delivery = try Self.read(
      #"{"__typename":"OrderPaid","order":{"id":"a","metadata":[{"key":"ref_code","value":"\u0000"}]}}"#
    )
    #expect(delivery.referralCodeText == "\u{0}")
  }

  /// What only JSON's letter allows, and no store writes, is read too.
  @Test func everySpellingOfJSONIsRead() throws {
    let delivery = try Self.read(
      """
       { "\\u005f_typename" : "Order\\u0050aid", "x": [1, -2.5e+3, true, false, null, {"order": 7}, []],
      \t"order": {"id": "a", "id": "b\\/c", "created": null, "isPaid": true,
        "metadata": [{"key": "ref\\u005fcode", "value": "\\ud83d\\ude00\\"\\\\"}]}}
      """)
    #expect(delivery.event == "OrderPaid")
    #expect(delivery.orderID == "b/c")
    #expect(delivery.isPaid)
    #expect(delivery.referralCodeText == "😀\"\\")
  }

  @Test(arguments: [
    #"{"a":1,}"#, #"{"a" 1}"#, #"{a:1}"#, #"{"a":01}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":+1}"#,
    #"{"a":"b}"#, #"{"a":"b\"#, #"{"a":[1,]}"#, #"{"a":[1 2]}"#, #"{"a":tru}"#, #"{"a":1} x"#,
    #"{"id":"\x"}"#, #"{"id":"\u12"}"#, "{\"a\":\"\n\"}", "{\"a\"", "[}",
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: Delivery.Fault.notJSON) { try Self.read(text) }
  }

  @Test func whatIsKeptIsUTF8() {
    let body =
      Array(#"{"__typename":"OrderPaid","order":{"id":""#.utf8) + [0xFF] + Array(#""}}"#.utf8)
    #expect(throws: Delivery.Fault.badShape) { try Delivery(body: body, eventHeader: nil) }
  }

  @Test func halfASurrogatePairIsNoText() {
    for half in [#"\ud83d"#, #"\ude00"#, #"\ud83d\u0041"#] {
      #expect(throws: Delivery.Fault.badShape) {
        try Self.read(#"{"__typename":"OrderPaid","order":{"id":"\#(half)"}}"#)
      }
    }
  }
}
