import FoundationEssentials
import Testing

@testable import Sandbox

/// Customers: their list in pages, their metadata, and the events about them.
@Suite struct CustomerTests {
  @Test func metadataIsWrittenAsRecorded() async throws {
    try await withRunning(SandboxStore(now: { recordedDay })) { running in
      let bob = SandboxCustomer(
        number: 46, email: "bob.ref@example.com", metadata: ["ref_code": "ALICE10"])
      await running.store.put(bob)
      try await running.expectRecorded("updateMetadata-user-ok")
      #expect(
        await running.store.customer(bob.id)?.metadata
          == ["ref_code": "ALICE10", "referred_by": "VXNlcjo0Nw=="])
      #expect(
        await running.store.takeCustomerEvents().map(\.event)
          == [.customerUpdated, .customerMetadataUpdated])
    }
  }

  @Test func customersComeInPages() async throws {
    try await withRunning(SandboxStore()) { running in
      for number in 1...25 {
        await running.store.put(
          SandboxCustomer(number: number, email: "customer\(number)@example.com"))
      }
      var seen: [String] = []
      var cursor: JSONValue = .null
      for page in 1...3 {
        let answer = try await running.query(
          """
          query($after: String) { customers(first: 10, after: $after) { totalCount \
          edges { node { email } cursor } pageInfo { hasNextPage endCursor } } }
          """, ["after": cursor])["data"]["customers"]
        #expect(answer["totalCount"] == 25)
        #expect(answer["pageInfo"]["hasNextPage"].asBool == (page < 3))
        seen += (answer["edges"].asArray ?? []).compactMap { $0["node"]["email"].asString }
        cursor = answer["pageInfo"]["endCursor"]
        // The cursor is a place in the list, not a customer: he may go.
        if page == 1 { await running.store.remove(customer: .globalID("User", "18")) }
        if page == 1 {
          await running.store.put(SandboxCustomer(number: 26, email: "zz@example.com"))
        }
      }
      #expect(Set(seen).count == seen.count)
      #expect(seen == seen.sorted())
      #expect(seen.count == 26)
    }
  }

  @Test(arguments: [
    ("garbage", "INVALID", "“garbage” is not a valid UUID."),
    ("VXNlcjo5OTk5OTk=", "NOT_FOUND", "Couldn't resolve user."),
  ])
  func anIdThatIsNoCustomersIsRefused(id: String, code: String, message: String) async throws {
    try await withRunning(SandboxStore()) { running in
      let answer = try await running.query(
        """
        mutation($id: ID!, $input: [MetadataInput!]!) { updateMetadata(id: $id, input: $input) { \
        errors { field message code } } }
        """, ["id": .string(id), "input": [["key": "k", "value": "v"]]])
      let error = answer["data"]["updateMetadata"]["errors"][0]
      #expect(error["code"].asString == code && error["message"].asString == message)
    }
  }

  @Test func aMadeCustomerHasTheRecordedShape() async throws {
    let recorded = try JSONParser.parse(
      try Fixture.bytes("deliveries/0037-customer_created--sub-hmac_customer.body"))
    let made = SandboxCustomer(number: 46, email: "bob.ref@example.com")
    #expect(
      made.fields.asObject?.members.map(\.name)
        == recorded["user"].asObject?.members.map(\.name))
  }

  @Test func aRecordedCustomerIsSentAsTheRecordedRequest() async throws {
    let name = "0057-customer_metadata_updated--sub-hmac_customer"
    let body = try Fixture.bytes("deliveries/\(name).body")
    let head = String(decoding: try Fixture.bytes("deliveries/\(name).headers"), as: UTF8.self)
    let lines = head.split(separator: "\r\n").map(String.init)
    let signature = try #require(
      lines.first { $0.hasPrefix("Saleor-Signature: ") }?.dropFirst(18))
    var settings = SandboxWebhooks.Settings(
      targetURL: "http://127.0.0.1:8899/sub-hmac/customer", domain: "127.0.0.1:8800",
      apiURL: "http://127.0.0.1:8800/graphql/")
    settings.customHeaders = [("X-Referral-Tenant", "tenant-1"), ("Authorization-Referral", "abc")]
    let webhooks = SandboxWebhooks(
      app: SandboxApp(), settings: settings,
      sign: { $0 == body ? String(signature) : "other bytes" }, deliver: { _ in 200 },
      now: { Date(timeIntervalSince1970: 1_795_248_094.960791) })
    let customer = try #require(SandboxCustomer(recordedCustomer: body))
    let record = try await webhooks.send(
      .customerMetadataUpdated, customer: customer,
      principal: try JSONParser.parse(body)["issuingPrincipal"])
    #expect(record.subjectID == "VXNlcjo0Ng==")
    #expect(record.delivery.body == body)
    #expect(
      ["POST /sub-hmac/customer HTTP/1.1"]
        + record.delivery.headers.map { "\($0.name): \($0.value)" }
        == lines)
  }

  @Test func aCustomerIsShownWithHisAddressBookAndHisLastOrders() async throws {
    try await withRunning(SandboxStore(now: { recordedDay })) { running in
      var customer = SandboxCustomer(number: 7, email: "ann@example.com", created: recordedDay)
      customer.set(addresses: [SandboxAddress()])
      await running.store.put(customer)
      for number in 1...3 {
        await running.store.put(
          .paid(
            number: number, total: 20, email: "ann@example.com", userID: customer.id,
            created: recordedDay.addingTimeInterval(Double(number))))
      }
      let query = """
        query Referrer($id: ID!) { user(id: $id) { firstName dateJoined \
        addresses { streetAddress1 streetAddress2 phone country { code } } \
        orders(first: 2) { totalCount edges { node { number \
        shippingAddress { streetAddress2 } payments { customerIpAddress } } } } } }
        """
      let user = try await running.query(query, ["id": .string(customer.id)])["data"]["user"]
      #expect(user["firstName"] == "Ann")
      #expect(user["addresses"][0]["streetAddress1"] == "1470 Pinewood Avenue")
      #expect(user["addresses"][0]["country"]["code"] == "US")
      #expect(user["orders"]["totalCount"] == 3)
      #expect(
        user["orders"]["edges"].asArray?.map { $0["node"]["number"] } == ["3", "2"])
      #expect(user["orders"]["edges"][0]["node"]["shippingAddress"]["streetAddress2"] == "")
      #expect(user["orders"]["edges"][0]["node"]["payments"] == [])
    }
  }
}
