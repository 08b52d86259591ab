import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(3))) struct RewardCommandTests {
  /// A reward as `--json` shows it.
  struct Reward: Decodable {
    let id: String
    let status: String
    let waits: Bool
    let amount: String
    let code: String
    let referralState: String
    let giftCardId: String?
    let reason: String?
    let rejectionReason: String?
    let approvalNote: String?
    let lastError: String?
  }

  @Test func whatWaitsIsListedApprovedAndIssued() async throws {
    try await TestShop.withCommands(["LAUREL_ROLLOUT": "manual"]) { shop, laurel in
      try await shop.issueAlicesCode()
      let orders = try await shop.payOrders(1...3)
      try await shop.waitForRewards(3, .pending)
      let waiting = try await laurel.json("rewards", "list", "--waiting", as: [Reward].self)
      #expect(waiting.count == 3)
      #expect(waiting.allSatisfy { $0.waits && $0.amount == "10.5" && $0.code == "ALICE10" })
      let id = waiting[0].id

      let approved = try await laurel("rewards", "approve", id, "--note", "a friend indeed")
      #expect(approved.status == 0, "\(approved.output)")
      #expect(approved.output == "\(id): approved\n")
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.count == 1)
      let again = try await laurel("rewards", "approve", id, waiting[1].id)
      #expect(again.status == 1, "one of two was done")
      #expect(again.output.contains("\(id): is issued; only a pending or a dead reward"))
      #expect(again.output.contains("\(waiting[1].id): approved"))
      try await shop.waitForRewards(2, .issued)

      let shown = try await laurel("rewards", "show", id)
      #expect(shown.status == 0)
      for text in ["issued", "ALICE10", "10.5 USD", "a friend indeed", "all passed", "rewarded"] {
        #expect(shown.output.contains(text), "\(text) in \(shown.output)")
      }
      #expect(orders.contains { shown.output.contains($0.id) })
      for card in await shop.sandbox.cards {
        #expect(!shown.output.contains(card.code), "the code is money")
      }
      let reward = try await laurel.json("rewards", "show", id, as: Reward.self)
      #expect(reward.approvalNote == "a friend indeed" && reward.giftCardId != nil)
      let list = try await laurel("rewards", "list", "--status", "pending", "--limit", "5")
      #expect(list.output.split(separator: "\n").count == 2, "\(list.output)")
      #expect(list.output.contains("waiting"))
    }
  }

  @Test func whatWasNeverTriedCanBeRejectedAndNothingElse() async throws {
    try await TestShop.withCommands(["LAUREL_ROLLOUT": "manual"]) { shop, laurel in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...3)
      try await shop.waitForRewards(3, .pending)
      let ids = try await shop.rewardIDs()
      let rejected = try await laurel("rewards", "reject", ids[0], "--reason", "not a friend")
      #expect(rejected.status == 0, "\(rejected.output)")
      let reward = try await laurel.json("rewards", "show", ids[0], as: Reward.self)
      #expect(reward.status == "rejected" && reward.rejectionReason == "not a friend")
      #expect(reward.referralState == "rejected" && reward.reason == "not a friend")

      try await shop.pool.execute(
        "UPDATE rewards SET first_attempt_at = now(), attempts = 1 WHERE id = \(ids[1].uuid)")
      let tried = try await laurel("rewards", "reject", ids[1], "--reason", "late")
      #expect(tried.status == 1)
      #expect(tried.output.contains("is being tried since"), "\(tried.output)")
      #expect(try await laurel("rewards", "approve", ids[2]).status == 0)
      try await shop.waitForRewards(1, .issued)
      for id in [ids[0], ids[2]] {
        let refused = try await laurel("rewards", "reject", id, "--reason", "late")
        #expect(refused.status == 1)
        #expect(refused.output.contains("only a reward that was never tried"))
      }
      #expect(try await laurel("rewards", "approve", ids[0]).status == 1)
      let revoked = try await laurel("rewards", "revoke", ids[2], "--reason", "fraud")
      #expect(revoked.status == 0, "\(revoked.output)")
      try await shop.waitForRewards(1, .revoked)
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
      let twice = try await laurel("rewards", "revoke", ids[2], "--reason", "fraud")
      #expect(twice.status == 1)
      #expect(twice.output.contains("is revoked already"))
      // Whatever comes of the rejected order now, it stays rejected.
      try await shop.payOrders(1...1)
      try await shop.waitForRewards(1, .rejected)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func aDeadOneIsSentToTheWorkAgainOrRejected() async throws {
    try await TestShop.withCommands { shop, laurel in
      try await shop.issueAlicesCode()
      await shop.sandbox.set(permissions: ["MANAGE_ORDERS", "MANAGE_USERS"])
      let orders = try await shop.payOrders(1...2)
      try await shop.waitForRewards(2, .pending)
      try await shop.pool.execute(
        "UPDATE rewards SET first_attempt_at = now() - interval '8 days'")
      try await shop.waitForRewards(2, .dead)
      let dead = try await laurel.json("rewards", "list", "--status", "dead", as: [Reward].self)
      #expect(dead.count == 2)
      #expect(dead.allSatisfy { $0.lastError?.contains("permission_denied") == true })
      await shop.sandbox.set(permissions: SandboxApp.recordedPermissions)
      #expect(try await laurel("rewards", "approve", dead[0].id).status == 0)
      let rejected = try await laurel("rewards", "reject", dead[1].id, "--reason", "too late")
      #expect(rejected.status == 0, "\(rejected.output)")
      try await shop.waitForRewards(1, .issued)
      // It was tried, so the store may have it: what keeps its code is worthless.
      try await shop.waitForRewards(1, .revoked)
      try await shop.settleRewards()
      #expect(Set(await shop.sandbox.cards.map(\.isActive)) == [true, false])
      #expect(await shop.sandbox.cards.count == 2)
      let states = try await orders.asyncMap { order in
        try await ReferralRepository(shop.pool).find(store: shop.store, orderID: order.id)?.state
      }
      #expect(Set(states) == ["rewarded", "rejected"])
    }
  }

  @Test func aDecisionOfTwoAdminsIsTakenOnce() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "manual"]) { shop in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...1)
      try await shop.waitForRewards(1, .pending)
      let id = try #require(try await shop.rewardIDs().first).uuid
      let outcomes = try await withThrowingTaskGroup(of: (String, Bool).self) { group in
        for _ in 1...4 {
          group.addTask {
            let done = try await shop.pool.transaction { session in
              try await RewardReview(session)
                .approve(store: shop.store, id, by: "alice", note: nil)
            }
            return ("approve", done == .released)
          }
          group.addTask {
            let done = try await shop.pool.transaction { session in
              try await TakeBackRepository(session)
                .takeBack(store: shop.store, reward: id, in: [.pending], reason: "no")
            }
            return ("reject", done != nil)
          }
        }
        return try await group.reduce(into: [String: Int]()) { counts, outcome in
          counts[outcome.0, default: 0] += outcome.1 ? 1 : 0
        }
      }
      try await shop.eventually("the reward is neither issued nor rejected") {
        try await shop.count(
          "SELECT count(*) FROM rewards WHERE status IN ('issued', 'rejected')") == 1
      }
      let issued = try await shop.count(
        "SELECT count(*) FROM rewards WHERE status = 'issued'")
      // An approved reward that was not tried yet can still be rejected; then nothing is issued.
      #expect(outcomes["approve", default: 0] <= 1)
      #expect(outcomes["reject"] == 1 - issued)
      #expect(await shop.sandbox.cards.count == issued)
    }
  }

  @Test func whatCannotBeFoundIsSaid() async throws {
    try await TestShop.withCommands { shop, laurel in
      let unknown = "00000000-0000-8000-8000-000000000000"
      for arguments in [["show", unknown], ["approve", unknown]] {
        let ended = try await laurel("rewards", arguments[0], arguments[1])
        #expect(ended.status == 1)
        #expect(ended.output.contains("there is no"), "\(ended.output)")
      }
      try await shop.pool.execute("INSERT INTO stores (address) VALUES ('https://b.example.com/')")
      let several = try await laurel("rewards", "list")
      #expect(several.status == 64)
      #expect(several.output.contains("--store ADDRESS"))
      let chosen = try await laurel("rewards", "list", "--store", "https://b.example.com")
      #expect(chosen.status == 0, "\(chosen.output)")
      let none = try await laurel("rewards", "list", "--store", "https://c.example.com/")
      #expect(none.status == 64)
    }
  }
}

extension String {
  /// The UUID that it spells.
  var uuid: UUID { UUID(uuidString: self) ?? UUID() }
}

extension Array {
  /// Maps one element after the other.
  func asyncMap<Mapped>(_ transform: (Element) async throws -> Mapped) async throws -> [Mapped] {
    var mapped: [Mapped] = []
    for element in self { mapped.append(try await transform(element)) }
    return mapped
  }
}
