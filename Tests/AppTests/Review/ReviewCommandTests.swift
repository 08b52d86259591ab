import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// The real `laurel review`.
@Suite(.timeLimit(.minutes(5))) struct ReviewCommandTests {
  private struct Listed: Decodable {
    let referralId: Int
    let state: String
    let rule: String
    let score: Int
    let secondsLeft: Int
    let orderValue: String?
    let buyer: String?
  }

  private struct Shown: Decodable {
    struct Similar: Decodable {
      let referralId: Int
      let state: String
      let common: [String]
      let rewardStatus: String?
    }
    struct Decision: Decodable {
      let outcome: String
      let erasedFacts: [String]
    }
    let state: String
    let verdict: String?
    let note: String?
    let settledBy: String?
    let decisions: [Decision]
    let similar: [Similar]
  }

  private struct Action: Decodable {
    let id: String
    let done: Bool
    let detail: String
  }

  @Test func casesAreListedShownAndDecided() async throws {
    try await TestShop.withRules { shop, laurel async throws in
      let ids = try await shop.openCases(1...3)
      let text = try await laurel("review", "list")
      #expect(text.status == 0 && text.output.contains("13d 23h"), "\(text.output)")
      #expect(text.output.contains("large_order") && text.output.contains("150 USD"))
      let listed = try await laurel.json("review", "list", as: [Listed].self)
      #expect(listed.map(\.referralId).sorted() == ids)
      #expect(listed.allSatisfy { $0.state == "open" && $0.score == 30 })
      #expect(listed.first?.buyer == "f***@example.com")
      #expect(!text.output.contains("friend1@"))

      let approved = try await laurel(
        "review", "approve", "\(ids[0])", "--note", "known to us")
      #expect(approved.status == 0 && approved.output.contains("approved"), "\(approved.output)")
      try await shop.awaitState("rewarded", of: ids[0])
      try await shop.settle()
      let rejected = try await laurel.json("review", "reject", "\(ids[1])", as: [Action].self)
      #expect(rejected.map(\.done) == [true])
      for verdict in ["approve", "reject"] {
        let again = try await laurel("review", verdict, "\(ids[0])", "\(ids[1])", "4711")
        #expect(again.status == 1)
        #expect(again.output.contains("is decided already: rewarded"), "\(again.output)")
        #expect(again.output.contains("is decided already: rejected"), "\(again.output)")
        #expect(again.output.contains("4711: there is no such case"), "\(again.output)")
      }

      let shown = try await laurel.json("review", "show", "\(ids[2])", as: Shown.self)
      #expect(shown.state == "open" && shown.decisions.map(\.outcome) == ["review"])
      #expect(Set(shown.similar.map(\.referralId)) == Set(ids.prefix(2)))
      #expect(shown.similar.allSatisfy { $0.common.contains("referrer") })
      #expect(shown.similar.allSatisfy { $0.common.contains("rule") })
      #expect(
        shown.similar.first { $0.referralId == ids[0] }?.rewardStatus == "issued")
      let done = try await laurel.json("review", "show", "\(ids[0])", as: Shown.self)
      #expect(done.state == "done" && done.verdict == "approve" && done.note == "known to us")
      let page = try await laurel("review", "show", "\(ids[2])")
      #expect(page.output.contains("order_value") && page.output.contains("SIMILAR CASE"))
      let all = try await laurel.json("review", "list", "--state", "done", as: [Listed].self)
      #expect(Set(all.map(\.referralId)) == Set(ids.prefix(2)))
      #expect(try await laurel("review", "show", "4711").status == 1)
    }
  }

  @Test func manyAreDecidedByFilter() async throws {
    try await TestShop.withRules { shop, laurel async throws in
      let ids = try await shop.openCases(1...3)
      for wrong in [
        ["review", "approve"], ["review", "approve", "--rule", "large_order"],
        ["review", "approve", "--all", "\(ids[0])"], ["review", "list", "--older-than", "soon"],
      ] {
        let ended = try await laurel(wrong)
        #expect(ended.status == 64, "\(wrong): \(ended.output)")
      }
      for none in [
        ["--rule", "huge_order"], ["--min-score", "31"], ["--older-than", "1h"],
        ["--code", "BOB10"], ["--channel", "elsewhere"],
      ] {
        let ended = try await laurel(["review", "list", "--json"] + none)
        #expect(ended.status == 0 && ended.output.filter { !$0.isWhitespace } == "[]", "\(none)")
      }
      let some = ["--rule", "large_order", "--min-score", "30", "--code", "alice10"]
      let asked = try await laurel(["review", "reject", "--all"] + some)
      #expect(asked.status == 64 && asked.output.contains("3 cases"), "\(asked.output)")
      let before = try await shop.everything()
      let tried = try await laurel(["review", "reject", "--all", "--dry-run"] + some)
      #expect(tried.status == 0)
      #expect(tried.output.split(separator: "\n").count == 3, "\(tried.output)")
      #expect(tried.output.contains("would be rejected"))
      #expect(try await shop.everything() == before)
      let done = try await laurel(
        ["review", "reject", "--all", "--yes", "--limit", "2", "--note", "a ring"] + some)
      #expect(done.status == 0, "\(done.output)")
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE state = 'rejected' AND reason = 'a ring' AND review_note = 'a ring'
          """) == 2)
      // Those whose time is over first, which need not be the first to have come.
      let left = try await shop.pool.rows("SELECT id FROM referrals WHERE state = 'review'") {
        try $0.decode("id", as: Int.self)
      }
      #expect(left.count == 1)
      let rest = try await laurel(["review", "approve", "--all", "--yes"])
      #expect(rest.status == 0)
      try await shop.awaitState("rewarded", of: try #require(left.first))
    }
  }
}
