import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// The real `laurel rules explain` and `laurel rules try`.
@Suite(.timeLimit(.minutes(5))) struct ExplainTests {
  private struct Explained: Decodable {
    struct Decision: Decodable {
      struct Said: Decodable {
        let rule: String
        let result: String
        let mode: String
      }
      struct Replay: Decodable {
        let isSame: Bool
        let differences: [String]
      }
      let outcome: String
      let decidedBy: String
      let score: Int
      let rules: [Said]?
      let replay: Replay?
      let erasedFacts: [String]
    }
    let state: String
    let decisions: [Decision]
  }

  private struct Tried: Decodable {
    struct Asked: Decodable {
      let requirement: String
      let verdict: String
    }
    let outcome: String
    let rule: String?
    let score: Int?
    let reward: String?
    let standing: String?
    let requirements: [Asked]
  }

  @Test func everyDecisionIsExplainedAndComesOutTheSameAgain() async throws {
    try await TestShop.withRules { shop, laurel async throws in
      let orders = [
        TestShop.order(1, of: 150), TestShop.order(2, of: 20), TestShop.order(3, of: 1500),
        TestShop.order(4, of: 20, email: "alice@example.com"),
      ]
      try await shop.place(orders)
      for order in orders {
        let explained = try await laurel.json(
          "rules", "explain", order.id, "--replay", as: Explained.self)
        #expect(explained.decisions.map { $0.replay?.isSame } == [true])
        #expect(explained.decisions.first?.rules?.count == 4)
      }
      let id = try #require(
        try await shop.openCases(5...5).first)
      #expect(try await laurel("review", "approve", "\(id)").status == 0)
      try await shop.awaitState("rewarded", of: id)
      let text = try await laurel("rules", "explain", "\(id)", "--replay")
      #expect(text.status == 0, "\(text.output)")
      for part in [
        "order_value", "150", "large_order", "hit", "shadow", "the same answer",
        "approve, by a person", "review, by the rules", "friend1@example.com",
      ] {
        #expect(text.output.contains(part), "\(part)")
      }
      #expect(try await laurel("rules", "explain", "nonsense").status == 1)
    }
  }

  @Test func aDecisionThatComesOutOtherwiseIsNamed() async throws {
    try await TestShop.withRules { shop, laurel async throws in
      let id = try #require(try await shop.openCases(1...1).first)
      try await shop.pool.execute(
        "UPDATE decisions SET facts = replace(facts, '\"150\"', '\"1500\"')")
      let played = try await laurel("rules", "explain", "\(id)", "--replay")
      #expect(played.status == 1)
      #expect(played.output.contains("outcome: review then, reject now"), "\(played.output)")
      #expect(played.output.contains("rule huge_order: miss (on, 0) then, hit (on, 60) now"))
      #expect(try await laurel("rules", "explain", "\(id)").status == 0)
    }
  }

  @Test func aTryTellsTheDecisionAndChangesNothing() async throws {
    try await TestShop.withRules { shop, laurel async throws in
      let placed = TestShop.order(1, of: 20)
      try await shop.place([placed])
      let orders = [
        TestShop.order(2, of: 20), TestShop.order(3, of: 150), TestShop.order(4, of: 1500),
        TestShop.order(5, of: 20, email: "friend1@example.com"),
        SandboxOrder.unpaid(
          number: 6, total: 20, email: "bob@example.com", metadata: ["ref_code": "ALICE10"]),
      ]
      for order in orders { await shop.sandbox.put(order) }
      let before = try await shop.everything()
      var tried: [Tried] = []
      for order in orders {
        tried.append(try await laurel.json("rules", "try", order.id, as: Tried.self))
      }
      #expect(tried.map(\.outcome) == ["approve", "review", "reject", "reject", "wait"])
      #expect(
        tried.map(\.rule) == [
          nil, "large_order", "huge_order", "code_once_per_buyer", "order_paid",
        ])
      #expect(tried.map(\.reward) == ["10.5 USD", "10.5 USD", nil, nil, nil])
      #expect(tried[1].score == 30 && tried[4].score == nil)
      #expect(tried[0].requirements.allSatisfy { $0.verdict == "pass" })
      let known = try await laurel.json("rules", "try", placed.id, as: Tried.self)
      #expect(known.rule == "code_once_per_order" && known.standing == "rewarded")

      let file = FileManager.default.temporaryDirectory
        .appending(path: "laurel-try-\(UUID().uuidString).yaml")
      defer { try? FileManager.default.removeItem(at: file) }
      let rules = TestShop.valueRules.replacing("mode: shadow", with: "mode: on")
      try Data(rules.utf8).write(to: file)
      let other = try await laurel.json(
        "rules", "try", orders[0].id, "--rules", file.path, as: Tried.self)
      #expect(other.outcome == "reject" && other.rule == "any_order")
      let page = try await laurel("rules", "try", orders[1].id)
      for part in ["review", "large_order", "14 days", "order_value", "code_known", "shadow"] {
        #expect(page.output.contains(part), "\(part): \(page.output)")
      }
      try Data("rules: 5\n".utf8).write(to: file)
      #expect(try await laurel("rules", "try", orders[0].id, "--rules", file.path).status == 1)
      #expect(try await laurel("rules", "try", "T3JkZXI6OTk5").status == 1)
      let after = try await shop.everything()
      let difference = after.split(separator: "\n").difference(from: before.split(separator: "\n"))
      #expect(difference.isEmpty, "\(difference)")
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func theFactsOfAForgottenPersonAreGoneAndAReplaySaysSo() async throws {
    let rules = """
      lists: {known: [alice@example.com, bob@example.com]}
      rules:
        - name: known_people
          when: buyer_address in known or referrer_address in known
          then: review
          reason: One of them is known.
      """
    try await TestShop.withRules(rules) { shop, laurel async throws in
      try await shop.place([
        TestShop.order(1, of: 20, email: "bob@example.com", user: "VXNlcjoy")
      ])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      #expect(try await shop.factsWith("bob") == 1)
      try await shop.tellOfDeletion(id: "VXNlcjoy", email: "bob@example.com")
      try await shop.awaitErasures(1)
      #expect(try await shop.factsWith("bob") == 0)
      // The referrer is still known.
      let first = try await laurel.json(
        "rules", "explain", "\(id)", "--replay", as: Explained.self)
      #expect(first.decisions.first?.replay?.isSame == true)
      #expect(first.decisions.first?.erasedFacts == ["buyer_address", "buyer_domain"])

      try await shop.tellOfDeletion(id: "VXNlcjox", email: "alice@example.com")
      try await shop.awaitErasures(2)
      #expect(try await shop.factsWith("example.com") == 0)
      // His code counts no more, so the case falls.
      try await shop.awaitState("rejected", of: id)
      #expect(
        try await shop.decisions(id) == [
          "review by rules: known_people", "reject by requirement: code_active",
        ])
      let second = try await laurel("rules", "explain", "\(id)", "--replay")
      #expect(second.status == 1)
      #expect(
        second.output.contains(
          "erased, because a person is forgotten: buyer_address, buyer_domain, "
            + "referrer_address, referrer_domain"), "\(second.output)")
    }
  }
}

extension TestShop {
  /// Tells Laurel that a customer's account was deleted.
  func tellOfDeletion(id: String, email: String) async throws {
    let body = """
      {"__typename": "CustomerDeleted", "issuedAt": "2026-11-21T08:00:00.000000+00:00", \
      "user": {"id": "\(id)", "email": "\(email)"}}
      """
    let answer = try await deliver(Array(body.utf8), path: "/webhooks/saleor")
    #expect(answer.json["status"] == "accepted")
  }

  /// In how many decisions' facts a text stands.
  func factsWith(_ text: String) async throws -> Int {
    try await count(
      "SELECT count(*) AS count FROM decisions WHERE strpos(facts, \(text)) > 0")
  }

  /// Waits until this many customers are erased.
  func awaitErasures(_ number: Int) async throws {
    try await eventually("the customers are not erased") {
      try await count(
        """
        SELECT count(*) AS count FROM erasures
        WHERE next_check_at IS NULL AND erased_at IS NOT NULL
        """) == number
    }
  }
}
