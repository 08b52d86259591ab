import FoundationEssentials
import Testing

@testable import Sandbox

/// The deliveries that the store has given up, as the App finds them.
@Suite struct FailedDeliveryTests {
  private static let query = """
    query($webhook: ID!, $after: String, $filter: EventDeliveryFilterInput!,
      $sorting: EventDeliverySortingInput!) {
      webhook(id: $webhook) {
        eventDeliveries(first: 2, after: $after, filter: $filter, sortBy: $sorting) {
          totalCount edges { cursor node { status eventType createdAt payload } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """

  private static func list(
    _ running: RunningStore, webhook: JSONValue, after: JSONValue = .null,
    status: JSONValue = "FAILED", direction: JSONValue = "ASC"
  ) async throws -> JSONValue {
    try await running.query(
      query,
      [
        "webhook": webhook, "after": after, "filter": ["status": status],
        "sorting": ["direction": direction, "field": "CREATED_AT"],
      ])
  }

  @Test func theyComeInPagesInEitherDirection() async throws {
    let store = SandboxStore(now: { recordedDay })
    for number in 1...5 {
      // Two of them at one instant.
      await store.keepFailed(
        event: .customerCreated, payload: String(number),
        createdAt: recordedDay + Double(number / 2))
    }
    try await withRunning(store) { running in
      let webhooks = try await running.query("{ app { webhooks { id } } }")["data"]["app"]
      let webhook = webhooks["webhooks"][0]["id"]
      for (direction, expected) in [("ASC", "12345"), ("DESC", "54321")] {
        var seen = ""
        var after = JSONValue.null
        repeat {
          let list = try await Self.list(
            running, webhook: webhook, after: after, direction: .string(direction))[
              "data"]["webhook"]["eventDeliveries"]
          let nodes = (list["edges"].asArray ?? []).map { $0["node"] }
          #expect(nodes.allSatisfy { $0["eventType"] == "CUSTOMER_CREATED" })
          seen += nodes.compactMap { $0["payload"].asString }.joined()
          after =
            list["pageInfo"]["hasNextPage"] == true ? list["pageInfo"]["endCursor"] : .null
        } while after != .null
        #expect(seen == expected)
      }
      let pending = try await Self.list(running, webhook: webhook, status: "PENDING")
      #expect(pending["data"]["webhook"]["eventDeliveries"]["edges"].asArray?.isEmpty == true)
      #expect(try await Self.list(running, webhook: "V2ViaG9vazo5")["data"]["webhook"] == .null)
      let broken = try await Self.list(running, webhook: webhook, after: "nonsense")
      #expect(broken["errors"][0]["message"] == "Received cursor is invalid.")
    }
  }

  @Test func whatComesThroughAtLastIsForgotten() async throws {
    let store = SandboxStore(now: { recordedDay })
    let delivery = SandboxDelivery(
      url: "http://127.0.0.1:9/", headers: [], body: Array("{}".utf8), connectTimeout: .seconds(2),
      readTimeout: .seconds(18))
    for (outcome, count) in [
      (SandboxDeliveryRecord.Outcome.abandoned, 0), (.failed, 1), (.delivered, 0),
    ] {
      await store.keep(
        SandboxDeliveryRecord(
          event: .orderPaid, subjectID: "x", delivery: delivery, attempts: [], outcome: outcome))
      #expect(await store.failedDeliveries.count == count)
    }
  }
}
