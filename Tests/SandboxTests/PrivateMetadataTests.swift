import FoundationEssentials
import Testing

@testable import Sandbox

/// Private metadata of orders and customers, and the events about it.
@Suite struct PrivateMetadataTests {
  @Test func thatOfAnOrderIsWrittenAsRecorded() async throws {
    let id = "T3JkZXI6M2Y1YTQ1MzYtNGU2YS00YTUzLWFkZjMtOTc4MGNkN2NmN2Fh"
    let order = try #require(
      SandboxOrder(recorded: Array(#"{"id": "\#(id)", "updatedAt": "before"}"#.utf8)))
    try await withRunning(SandboxStore()) { running in
      await running.store.put(order)
      try await running.expectRecorded("updatePrivateMetadata-order-ok")
      let changed = try #require(await running.store.order(id))
      #expect(changed.privateMetadata == ["referral.state": "rewarded"])
      #expect(changed.changed != "before")
      #expect(await running.store.takeOrdersWithNewMetadata() == [changed])
      #expect(await running.store.takeOrdersWithNewMetadata() == [])
    }
  }

  @Test func thatOfACustomerIsWrittenAsRecorded() async throws {
    try await withRunning(SandboxStore()) { running in
      let bob = SandboxCustomer(number: 46, email: "bob@example.com")
      await running.store.put(bob)
      try await running.expectRecorded("updatePrivateMetadata-user-ok")
      #expect(
        await running.store.customer(bob.id)?.privateMetadata
          == ["referral.order": "1", "referral.reward": "pending"])
      #expect(
        await running.store.takeCustomerEvents().map(\.event)
          == [.customerUpdated, .customerMetadataUpdated])
    }
  }

  @Test(arguments: ["updatePrivateMetadata-err-bad-id", "updatePrivateMetadata-err-not-found"])
  func whatIsNotThereIsRefusedAsRecorded(name: String) async throws {
    try await withRunning(SandboxStore()) { running in
      try await running.expectRecorded(name)
    }
  }

  @Test(arguments: [("Order", "MANAGE_ORDERS"), ("User", "MANAGE_USERS")])
  func eachKindNeedsItsPermission(kind: String, permission: String) async throws {
    try await withRunning(SandboxStore()) { running in
      let order = SandboxOrder.paid(number: 46, total: 20, email: "bob@example.com")
      await running.store.put(order)
      await running.store.put(SandboxCustomer(number: 46, email: "bob@example.com"))
      await running.store.remove(permission: permission)
      let id = kind == "Order" ? order.id : .globalID("User", "46")
      let answer = try await running.query(
        """
        mutation($id: ID!) { updatePrivateMetadata(id: $id, input: [{key: "a", value: "b"}]) {
          errors { code } } }
        """, ["id": .string(id)])
      #expect(answer["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied")
      #expect(await running.store.takeOrdersWithNewMetadata() == [])
      #expect(await running.store.takeCustomerEvents() == [])
    }
  }
}
