import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing
import Work

/// Rewards that people have to release.
@Suite(.timeLimit(.minutes(3))) struct ApprovalTests {
  /// A reward as `--json` shows it.
  private struct Reward: Decodable {
    let id: String
    let status: String
    let waits: Bool
    let campaign: String
    let role: String
    let recipientUserId: String?
    let milestone: Int?
    let percentOff: String?
    let approvalsNeeded: Int
    let approvers: [String]
  }

  private static let order = DecisionTests.paid(1, email: "bob@example.com")

  @Test func twoDifferentPeopleReleaseAReward() async throws {
    try await TestShop.withCommands { shop, laurel in
      try await shop.issueAlicesCode()
      let ids = try await shop.owe(
        Self.order,
        [
          try .spring(.voucher, 150, for: .friend) {
            $0.percentOff = 50
            $0.milestone = 5
            $0.approvalsNeeded = 2
          }
        ])
      let id = ids[0].uuidString.lowercased()
      let waiting = try await laurel.json("rewards", "list", "--waiting", as: [Reward].self)
      #expect(waiting.map(\.id) == [id])
      #expect(waiting.first?.waits == true && waiting.first?.approvalsNeeded == 2)

      let nameless = try await laurel("rewards", "approve", id)
      #expect(nameless.status == 1 && nameless.output.contains("needs two people"))
      let first = try await laurel("rewards", "approve", id, "--by", "Alice", "--note", "fine")
      #expect(first.status == 0, "\(first.output)")
      #expect(first.output.contains("approved by one of two"))
      for name in ["Alice", " alice ", "ALICE"] {
        let again = try await laurel("rewards", "approve", id, "--by", name)
        #expect(again.status == 1, "\(again.output)")
        #expect(again.output.contains("somebody else has to approve it"))
      }
      let counted = try await laurel.json("rewards", "show", id, as: Reward.self)
      #expect(counted.waits && counted.approvers == ["Alice"] && counted.status == "pending")
      #expect(counted.campaign == "spring" && counted.role == "friend")
      #expect(counted.recipientUserId == TestShop.buyerID)
      #expect(counted.milestone == 5 && counted.percentOff == "50")
      // Nobody's work, and so no trouble.
      let gauges = try await GaugeRepository(shop.pool).read(store: shop.store, rollout: .all)
      #expect(gauges.queues.first { $0.stage == "issue" }?.due == 0)
      #expect(await shop.sandbox.vouchers.isEmpty)

      let second = try await laurel("rewards", "approve", id, "--by", "Carol")
      #expect(second.status == 0 && second.output == "\(id): approved\n")
      try await shop.waitForRewards(1, .issued)
      let shown = try await laurel("rewards", "show", id)
      for text in [
        "2 of 2, by Alice, Carol", "spring, milestone 5", "50 %, counts for 150 USD",
        TestShop.buyerID,
      ] {
        #expect(shown.output.contains(text), "\(text) in \(shown.output)")
      }
      let list = try await laurel("rewards", "list")
      #expect(list.output.contains("2 of 2, by Alice, Carol"), "\(list.output)")
      #expect(try await laurel("rewards", "approve", id, "--by", "Bob").status == 1)
      #expect(
        try await shop.count("SELECT count(*) AS count FROM reward_approvals") == 2)
    }
  }

  @Test func onePersonReleasesARewardThatNeedsOne() async throws {
    try await TestShop.withCommands { shop, laurel in
      try await shop.issueAlicesCode()
      let ids = try await shop.owe(
        Self.order, [try .spring(.giftCard, 8) { $0.approvalsNeeded = 1 }])
      let id = ids[0].uuidString.lowercased()
      #expect(
        try await laurel.json("rewards", "list", "--waiting", as: [Reward].self).count == 1)
      let approved = try await laurel("rewards", "approve", id)
      #expect(approved.status == 0 && approved.output == "\(id): approved\n")
      try await shop.waitForRewards(1, .issued)
      let reward = try await laurel.json("rewards", "show", id, as: Reward.self)
      #expect(reward.approvers.count == 1 && reward.approvers.first?.isEmpty == false)
      #expect(reward.role == "referrer" && reward.recipientUserId == "VXNlcjox")
    }
  }

  @Test(arguments: ["", "  ", "bob\u{200B}", String(repeating: "x", count: 101)])
  func aNameThatIsNoneIsRefused(name: String) async throws {
    try await TestShop.withCommands { shop, laurel in
      let refused = try await laurel(
        "rewards", "approve", "00000000-0000-8000-8000-000000000000", "--by", name)
      #expect(refused.status == 64, "\(refused.output)")
    }
  }

  @Test func aDeadOneNeedsItsPeopleOnlyWhereTheyNeverReleasedIt() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop in
      try await shop.issueAlicesCode()
      let ids = try await shop.owe(
        Self.order,
        [
          try .spring(.giftCard, 8) { $0.approvalsNeeded = 2 },
          try .spring(.giftCard, 8, for: .friend) { $0.approvalsNeeded = 2 },
        ])
      func approve(_ id: UUID, by name: String) async throws -> RewardReview.Approval {
        try await shop.pool.transaction { session in
          try await RewardReview(session).approve(store: shop.store, id, by: name, note: nil)
        }
      }
      #expect(try await approve(ids[0], by: "alice") == .counted(missing: 1))
      #expect(try await approve(ids[0], by: "bob") == .released)
      try await shop.pool.execute("UPDATE rewards SET status = 'dead', next_attempt_at = NULL")
      #expect(try await approve(ids[0], by: "alice") == .released)
      #expect(try await approve(ids[0], by: "carol") == .refused, "it is released")
      #expect(try await approve(ids[1], by: "alice") == .counted(missing: 1))
      #expect(try await approve(ids[1], by: "alice") == .again)
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM rewards WHERE status = 'dead'") == 1)
      #expect(try await approve(ids[1], by: "bob") == .released)
    }
  }

  @Test func ofManyWhoApproveAtOnceTheSecondPersonReleasesOnce() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop in
      try await shop.issueAlicesCode()
      for number in 1...5 {
        let id = try await shop.owe(
          DecisionTests.paid(number, email: "bob\(number)@example.com"),
          [try .spring(.giftCard, 8) { $0.approvalsNeeded = 2 }], buyerID: nil)[0]
        let approvals = try await withThrowingTaskGroup(of: RewardReview.Approval.self) { group in
          for name in ["alice", "Alice", "bob", "BOB", "carol", "alice "] {
            group.addTask {
              try await shop.pool.transaction { session in
                try await RewardReview(session)
                  .approve(store: shop.store, id, by: name, note: nil)
              }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(approvals.count { $0 == .released } == 1)
        #expect(approvals.count { $0 == .counted(missing: 1) } == 1)
        #expect(
          try await shop.count(
            "SELECT count(*) AS count FROM reward_approvals WHERE reward_id = \(id)") == 2)
      }
    }
  }

  @Test func whatWaitsForPeopleGoesOnWhenTheStoreHasIt() async throws {
    try await TestShop.open { shop in
      try await shop.issueAlicesCode()
      let id = try await shop.owe(
        Self.order, [try .spring(.giftCard, 8) { $0.approvalsNeeded = 2 }])[0]
      try await shop.pool.execute("UPDATE rewards SET approved_at = now()")
      try await shop.waitForRewards(1, .issued)
      try await shop.settle()
      // An older life of the ledger, before anybody had approved it.
      try await shop.pool.execute(
        """
        UPDATE rewards SET status = 'pending', approved_at = NULL, first_attempt_at = NULL,
          next_attempt_at = now(), next_look_at = NULL WHERE id = \(id)
        """)
      try await shop.pool.execute("UPDATE referrals SET state = 'paid'")
      #expect(
        try await Reconciling(shop.pool, shop.sandbox, shop.transport).adopt.run().released == 1)
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }
}
