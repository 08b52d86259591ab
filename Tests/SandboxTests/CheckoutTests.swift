import Testing

@testable import Sandbox

/// Checkouts of visitors who have no token.
@Suite struct CheckoutTests {
  private static let creation = """
    mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) { \
    checkout { id token email metadata { key value } } errors { field message code } } }
    """

  @Test func aVisitorMakesACheckoutAndWritesToIt() async throws {
    try await withRunning(SandboxStore()) { running in
      let answer = try await running.query(
        Self.creation,
        [
          "input": [
            "channel": "default-channel", "email": "anon.buyer@example.com",
            "lines": [["quantity": 1, "variantId": "UHJvZHVjdFZhcmlhbnQ6Mzg0"]],
            "metadata": [["key": "utm", "value": "☃"]],
          ]
        ], bearer: nil)["data"]["checkoutCreate"]
      #expect(answer["errors"] == [])
      let checkout = answer["checkout"]
      let id = try #require(checkout["id"].asString)
      #expect(id == .globalID("Checkout", checkout["token"].asString ?? ""))
      #expect(checkout["email"].asString == "anon.buyer@example.com")
      #expect(checkout["metadata"].metadataEntries == ["utm": "☃"])
      for code in ["ALICE10", "BOB20"] {
        _ = try await running.query(
          """
          mutation($id: ID!, $input: [MetadataInput!]!) { updateMetadata(id: $id, input: $input) { \
          errors { code message } } }
          """, ["id": .string(id), "input": [["key": "ref_code", "value": .string(code)]]],
          bearer: nil)
      }
      #expect(await running.store.checkouts[id]?.metadata == ["utm": "☃", "ref_code": "BOB20"])
    }
  }

  @Test func aVisitorsWritingIsAnsweredAsRecorded() async throws {
    let store = SandboxStore()
    try await withRunning(store) { running in
      let made = try await running.query(
        Self.creation,
        ["input": ["lines": [["quantity": 1, "variantId": "UHJvZHVjdFZhcmlhbnQ6Mzg0"]]]],
        bearer: nil)
      let id = made["data"]["checkoutCreate"]["checkout"]["id"]
      try await running.expectRecorded(
        "updateMetadata-checkout-anonymous", bearer: nil, variables: ["id": id])
    }
  }

  @Test func aVisitorCannotWriteToACustomer() async throws {
    try await withRunning(SandboxStore()) { running in
      let bob = SandboxCustomer(number: 46, email: "bob.ref@example.com")
      await running.store.put(bob)
      let answer = try await running.query(
        """
        mutation($id: ID!, $input: [MetadataInput!]!) { updateMetadata(id: $id, input: $input) { \
        errors { code message } } }
        """, ["id": .string(bob.id), "input": [["key": "ref_code", "value": "BOB20"]]],
        bearer: nil)
      #expect(
        answer["errors"][0]["extensions"]["exception"]["code"].asString == "PermissionDenied")
      #expect(await running.store.customer(bob.id)?.metadata == [:])
    }
  }
}
