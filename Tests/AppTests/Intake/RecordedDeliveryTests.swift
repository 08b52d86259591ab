import FoundationEssentials
import Postgres
import Sandbox
import Testing

@Suite struct RecordedDeliveryTests {
  /// The events of which something follows; every other recorded event is genuine and ignored.
  static let used = [
    "order_confirmed", "order_paid", "order_fully_paid", "order_cancelled", "order_refunded",
    "order_fully_refunded", "order_expired", "customer_created",
    "gift_card_updated", "gift_card_status_changed", "voucher_updated", "voucher_deleted",
  ]

  @Test func everyRecordedDeliveryIsTakenOnce() async throws {
    try await TestShop.open { shop async throws in
      let recordings = try Recording.all("--sub-hmac_")
      try #require(recordings.count == 85)
      for recording in recordings {
        let isUsed = Self.used.contains { recording.name.contains("-\($0)--") }
        for expected in [isUsed ? "accepted" : "ignored", "duplicate", "duplicate"] {
          let answer = try await shop.post(
            "/webhooks/saleor", recording.body, headers: recording.sentHeaders)
          #expect(answer.status == 200, "\(recording.name)")
          #expect(answer.json["status"] == expected, "\(recording.name)")
        }
      }
      #expect(try await shop.count("SELECT count(*) FROM inbox") == recordings.count)
      try await shop.eventually("the cards and vouchers are not settled") {
        try await shop.count("SELECT count(*) FROM inbox_queue") == 0
      }
      let codes = try await shop.count(
        """
        SELECT count(*) AS count FROM inbox_bodies
        WHERE convert_from(body, 'UTF8') ~ '3A40-98B0-A1BE|RW-0123456789AB|REF-RW0001-AAAA'
        """)
      #expect(codes == 0, "the codes of cards and vouchers are money and are not kept")
    }
  }

  @Test func everyLegacyCardAndVoucherIsTakenLikeItsTwin() async throws {
    try await TestShop.open { shop async throws in
      for part in ["giftcard", "voucher"] {
        for recording in try Recording.all("--legacy-hmac_\(part)") {
          let isUsed = Self.used.contains { recording.name.contains("-\($0)--") }
          let answer = try await shop.post(
            "/webhooks/saleor", recording.body, headers: recording.sentHeaders)
          #expect(answer.json["status"] == (isUsed ? "accepted" : "ignored"), "\(recording.name)")
        }
      }
      try await shop.settle()
      // None of them is a reward of ours.
      #expect(
        try await shop.count("SELECT count(*) FROM inbox WHERE outcome IS DISTINCT FROM 'ignored'")
          == 0)
      #expect(try await shop.count("SELECT count(*) FROM inbox") > 10)
    }
  }

  @Test func theRecordedOrderPaysOnceInEverySequence() async throws {
    let recordings = try ["0018", "0021", "0024", "0029"].map(Recording.number)
    for sequence in Self.permutations(recordings) {
      try await TestShop.open { shop async throws in
        try await shop.issueAlicesCode()
        await shop.sandbox.put(try #require(.init(recorded: recordings[0].body)))
        for recording in sequence {
          let answer = try await shop.post(
            "/webhooks/order-confirmed", recording.body, headers: recording.sentHeaders)
          #expect(answer.status == 200)
        }
        try await shop.settle()
        let cards = await shop.sandbox.cards
        #expect(cards.count == 1)
        #expect(cards.first?.initialBalance == 10.5)
        #expect(cards.first?.tags.map(\.name) == ["referral"])
        #expect(try await shop.count("SELECT count(*) FROM rewards WHERE status = 'issued'") == 1)
        #expect(
          try await shop.count("SELECT count(*) FROM referrals WHERE state = 'rewarded'") == 1)
      }
    }
  }

  @Test func everyLegacyOrderIsDecidedLikeItsTwin() async throws {
    // The same story through webhooks with and without a query.
    var decisions: [[String: String]] = []
    for part in ["--legacy-hmac_order", "--sub-hmac_order"] {
      let recordings = try Recording.all(part)
      try #require(recordings.count >= 16)
      decisions.append(
        try await TestShop.open { shop async throws in
          try await shop.issueAlicesCode()
          for recording in try Recording.all("--sub-hmac_order") {
            await shop.sandbox.put(try #require(.init(recorded: recording.body)))
          }
          for recording in recordings {
            let answer = try await shop.post(
              "/webhooks/saleor", recording.body, headers: recording.sentHeaders)
            #expect(answer.status == 200, "\(recording.name)")
          }
          try await shop.eventually("the orders are not all looked at") {
            try await shop.count(
              """
              SELECT (SELECT count(*) FROM inbox_queue)
                + (SELECT count(*) FROM referrals WHERE rule IS NULL AND state IN ('tracked', 'paid'))
                AS count
              """) == 0
          }
          let rows = try await shop.pool.rows(
            "SELECT order_id, concat_ws(' ', state, rule, reason) AS decision FROM referrals"
          ) { row in
            (
              try row.decode("order_id", as: String.self),
              try row.decode("decision", as: String.self)
            )
          }
          return Dictionary(rows) { $1 }
        })
    }
    #expect(!decisions[0].isEmpty)
    #expect(decisions[0] == decisions[1])
  }

  private static func permutations<Element>(_ elements: [Element]) -> [[Element]] {
    guard elements.count > 1 else { return [elements] }
    return elements.indices.flatMap { index in
      var rest = elements
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }
}
