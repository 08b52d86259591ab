import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

@Suite struct VoucherTests {
  /// 10.50, what a reward of the shop is worth.
  static let worth = Decimal(sign: .plus, exponent: -1, significand: 105)

  /// A shop that gives vouchers.
  static func shop(
    _ environment: [String: String] = [:], _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.open(
      environment: ["REWARD_TYPE": "voucher"].merging(environment) { $1 }, body)
  }

  /// Has the ledger owe its rewards again, as kind `type`.
  static func forget(_ shop: TestShop, type: RewardKind) async throws {
    try await shop.pool.execute(
      """
      UPDATE rewards SET status = 'pending', gift_card_id = NULL, voucher_id = NULL,
        type = \(type.rawValue), next_attempt_at = now()
      """)
    try await shop.pool.execute("UPDATE referrals SET state = 'paid'")
    try await shop.settleRewards()
  }

  @Test func theVoucherCarriesTheRewardAndIsListed() async throws {
    try await Self.shop(["REFERRAL_VOUCHER_MINIMUM_SPEND": "25"]) { shop async throws in
      let (order, rewards) = try await IssueTests.issue(shop) { _ in }
      let voucher = try #require(await shop.sandbox.vouchers.first)
      let code = try #require(voucher.codes.first?.code)
      #expect(voucher.codes.count == 1)
      #expect(code.count == 16)
      #expect(voucher.name == "Referral reward \(rewards[0].id.uuidString.lowercased())")
      #expect(voucher.type == "ENTIRE_ORDER" && voucher.discountValueType == "FIXED")
      #expect(voucher.singleUse && voucher.usageLimit == 1 && voucher.endDate == nil)
      #expect(voucher.listings.map(\.channel.slug) == ["default-channel"])
      #expect(voucher.listings.map(\.discountValue) == [Self.worth])
      #expect(voucher.listings.map(\.minimumSpent) == [25])
      #expect(rewards.map(\.status) == ["issued"])
      #expect(rewards.map(\.kind) == ["voucher"])
      #expect(rewards.map(\.voucherID) == [voucher.id])
      #expect(rewards.map(\.giftCardID) == [nil])
      #expect(await shop.sandbox.cards.isEmpty)
      #expect(await shop.sandbox.calls["giftCardUpdate"] == nil, "vouchers have no tags")
      let referral = try await ReferralRepository(shop.pool).find(
        store: shop.store, orderID: order.id)
      #expect(referral?.state == "rewarded")
      let dump = try await shop.count(
        "SELECT count(*) AS count FROM rewards WHERE rewards::text LIKE '%' || \(code) || '%'")
      #expect(dump == 0, "the code is money and is not kept in the ledger")
    }
  }

  @Test func everyActiveChannelOfTheCurrencyIsListedAndNoOther() async throws {
    try await Self.shop { shop async throws in
      _ = try await IssueTests.issue(shop) { store in
        await store.set(
          channels: SandboxChannel.recorded + [
            SandboxChannel(number: 3, slug: "us-outlet", name: "Outlet", currencyCode: "USD"),
            SandboxChannel(
              number: 4, slug: "us-closed", name: "Closed", currencyCode: "USD", isActive: false),
          ])
      }
      let voucher = try #require(await shop.sandbox.vouchers.first)
      #expect(voucher.listings.map(\.channel.slug) == ["default-channel", "us-outlet"])
      #expect(voucher.listings.map(\.minimumSpent) == [nil, nil])
    }
  }

  @Test(arguments: [
    [SandboxFault.httpStatus(500), .internalErrorBeforeSave, .noAnswerBeforeSave],
    [.internalErrorAfterSave], [.noAnswerAfterSave],
    [.noAnswerAfterSave, .duplicateReportedAsUnique], [.late(.milliseconds(150))],
    [.permissionDenied], [.noAnswerBeforeSave, .noAnswerAfterSave, .internalErrorAfterSave],
  ])
  func whateverTheStoreDoesOneVoucherComes(faults: [SandboxFault]) async throws {
    try await Self.shop { shop async throws in
      let rewards = try await IssueTests.issue(shop) { store in
        await store.inject(faults, on: "voucherCreate")
      }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      try await Task.sleep(for: .milliseconds(300))
      let vouchers = await shop.sandbox.vouchers
      #expect(vouchers.count == 1)
      #expect(vouchers.first?.listings.count == 1)
      #expect(await shop.sandbox.calls["voucherCreate", default: 0] >= 2)
    }
  }

  @Test(arguments: [
    [SandboxFault.httpStatus(500), .internalErrorBeforeSave], [.noAnswerBeforeSave],
    [.internalErrorAfterSave], [.noAnswerAfterSave, .noAnswerAfterSave],
  ])
  func aVoucherThatStoppedBeforeItsListingIsFinished(faults: [SandboxFault]) async throws {
    try await Self.shop { shop async throws in
      let rewards = try await IssueTests.issue(shop) { store in
        await store.inject(faults, on: "voucherChannelListingUpdate")
      }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      let vouchers = await shop.sandbox.vouchers
      #expect(vouchers.count == 1)
      #expect(vouchers.first?.listings.map(\.discountValue) == [Self.worth])
    }
  }

  @Test func aReplicaThatLagsBehindDelaysAndDoublesNothing() async throws {
    try await Self.shop { shop async throws in
      let rewards = try await IssueTests.issue(shop) { store in
        await store.inject([.internalErrorAfterSave], on: "voucherCreate")
        await store.inject([.staleReads(3)], on: "vouchers")
      }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      #expect(await shop.sandbox.vouchers.count == 1)
      #expect(await shop.sandbox.calls["vouchers", default: 0] == 4)
    }
  }

  @Test func aVoucherOfAnotherRewardUnderOurCodeGoesToAHuman() async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      let other = UUID().uuidString.lowercased()
      let id = try #require(await shop.sandbox.vouchers.first?.id)
      await shop.sandbox.change(voucher: id) { $0.name = "Referral reward \(other)" }
      try await Self.forget(shop, type: .voucher)
      let rewards = try await RewardRepository(shop.pool).find(
        store: shop.store, orderID: order.id)
      #expect(rewards.map(\.status) == ["dead"])
      #expect(rewards.first?.lastError == "the code belongs to reward \(other) at the store")
      #expect(await shop.sandbox.vouchers.count == 1)
    }
  }

  @Test func whatTheStaffChangedStandsAndIsReported() async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      let id = try #require(await shop.sandbox.vouchers.first?.id)
      await shop.sandbox.change(voucher: id) { voucher in
        voucher.name = "For Alice"
        voucher.listings[0].discountValue = 12
      }
      try await Self.forget(shop, type: .voucher)
      let rewards = try await RewardRepository(shop.pool).find(
        store: shop.store, orderID: order.id)
      #expect(rewards.map(\.status) == ["issued"])
      #expect(rewards.map(\.voucherID) == [id])
      #expect(await shop.sandbox.vouchers.first?.listings.map(\.discountValue) == [12])
      #expect(shop.logLines.withLockedValue { $0.contains { $0.contains("the store's stands") } })
    }
  }

  @Test(arguments: [
    (RewardKind.voucher, RewardKind.giftCard), (RewardKind.giftCard, RewardKind.voucher),
  ])
  func aPromoCodeOfTheOtherKindUnderOurCodeIsTheReward(
    made: RewardKind, owed: RewardKind
  ) async throws {
    try await Self.shop(["REWARD_TYPE": made.rawValue]) { shop async throws in
      let (order, first) = try await IssueTests.issue(shop) { _ in }
      try await Self.forget(shop, type: owed)
      let rewards = try await RewardRepository(shop.pool).find(
        store: shop.store, orderID: order.id)
      #expect(rewards.map(\.status) == ["issued"])
      #expect(rewards.map(\.kind) == [made.rawValue])
      #expect(rewards.map(\.giftCardID) == first.map(\.giftCardID))
      #expect(rewards.map(\.voucherID) == first.map(\.voucherID))
      #expect(await shop.sandbox.cards.count + shop.sandbox.vouchers.count == 1)
    }
  }

  @Test func aCurrencyWithoutAnActiveChannelIsADeadLetterAndMakesNothing() async throws {
    try await Self.shop { shop async throws in
      _ = try await IssueTests.issue(shop, settles: false) { store in
        var channels = SandboxChannel.recorded
        for index in channels.indices where channels[index].currencyCode == "USD" {
          channels[index].isActive = false
        }
        await store.set(channels: channels)
      }
      try await shop.eventually("the reward is not given up") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards WHERE status = 'dead'
            AND last_error = 'the store has no active channel that sells in USD'
          """) == 1
      }
      #expect(await shop.sandbox.vouchers.isEmpty)
    }
  }

  @Test(arguments: [RewardKind.giftCard, .voucher])
  func bothKindsEndOnTheDayThatWasFixedWithTheIntent(kind: RewardKind) async throws {
    try await Self.shop(
      ["REWARD_TYPE": kind.rawValue, "REFERRAL_REWARD_VALIDITY_DAYS": "30"]
    ) { shop async throws in
      let (_, rewards) = try await IssueTests.issue(shop) { _ in }
      let expected = try await shop.pool.first(
        """
        SELECT ((created_at AT TIME ZONE 'UTC')::date + 30)::text AS day FROM rewards
        """
      ) { row in try row.decode("day", as: String.self) }
      let day = try #require(expected)
      #expect(rewards.map(\.expiresOn) == [day])
      switch kind {
      case .giftCard:
        #expect(await shop.sandbox.cards.map(\.expiryDate) == [day])
      case .voucher:
        #expect(await shop.sandbox.vouchers.map(\.endDate) == ["\(day)T23:59:59+00:00"])
      }
    }
  }

  @Test(arguments: [RewardKind.giftCard, .voucher])
  func aRewardThatEndedBeforeItCouldBeMadeGoesToAHuman(kind: RewardKind) async throws {
    try await Self.shop(
      ["REWARD_TYPE": kind.rawValue, "REFERRAL_REWARD_VALIDITY_DAYS": "1"]
    ) { shop async throws in
      try await shop.pool.withConnection { connection in
        try await connection.script(
          """
          CREATE FUNCTION grow_old() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN NEW.expires_on = NEW.expires_on - 2; RETURN NEW; END $$;
          CREATE TRIGGER grow_old BEFORE INSERT ON rewards
            FOR EACH ROW EXECUTE FUNCTION grow_old();
          """)
      }
      _ = try await IssueTests.issue(shop, settles: false) { _ in }
      try await shop.eventually("the reward is not given up") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards WHERE status = 'dead'
            AND last_error LIKE 'the store refuses the %' AND last_error LIKE '% date %'
          """) == 1
      }
      #expect(await shop.sandbox.cards.isEmpty)
      #expect(await shop.sandbox.vouchers.isEmpty)
    }
  }
}
