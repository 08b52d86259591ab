import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import SaleorAPI
import Sandbox
import Testing
import Work

/// Vouchers in the shapes that campaigns give them.
@Suite(.timeLimit(.minutes(3))) struct CampaignVoucherTests {
  private static let order = DecisionTests.paid(1, email: "bob@example.com")
  private static let category = "Q2F0ZWdvcnk6Mw=="

  @Test func aVoucherOfPercentSaysSoAndTellsWhatItIs() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let ids = try await shop.owe(
        Self.order,
        [
          try .spring(.voucher, 8, for: .friend) {
            $0.percentOff = 15
            $0.minimumSpend = 30
            $0.milestone = 5
          }
        ])
      try await shop.waitForRewards(1, .issued)
      let voucher = try #require(await shop.sandbox.vouchers.first)
      #expect(voucher.discountValueType == "PERCENTAGE" && voucher.type == "ENTIRE_ORDER")
      #expect(voucher.listings.map(\.discountValue) == [15])
      #expect(voucher.listings.map(\.minimumSpent) == [30])
      #expect(voucher.singleUse && voucher.usageLimit == 1)
      #expect(voucher.name?.hasSuffix(ids[0].uuidString.lowercased()) == true)
      #expect(
        voucher.privateMetadata == [
          "laurel.order_id": Self.order.id, "laurel.campaign": "spring", "laurel.role": "friend",
          "laurel.milestone": "5", "laurel.amount": "8",
        ])
      #expect(voucher.metadata.isEmpty)
      #expect(!shop.logLines.withLockedValue { $0.contains { $0.contains("differs") } })
      #expect(try await shop.check().differences == [])
      // The store's staff take off more: that is a difference, whatever the voucher counts for.
      await shop.sandbox.change(voucher: voucher.id) { $0.listings[0].discountValue = 20 }
      let difference = try #require(try await shop.check().differences.first)
      #expect(difference.kind == .worth)
      #expect(difference.detail == "it is worth 15 %, and at the store 20 %")
    }
  }

  @Test func aVoucherForCategoriesNamesThem() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      try await shop.owe(
        Self.order, [try .spring(.voucher, 8) { $0.voucherCategories = [Self.category] }])
      try await shop.waitForRewards(1, .issued)
      let voucher = try #require(await shop.sandbox.vouchers.first)
      #expect(voucher.type == "SPECIFIC_PRODUCT" && voucher.discountValueType == "FIXED")
      #expect(voucher.categories == [Self.category])
      #expect(voucher.listings.map(\.discountValue) == [8])
      #expect(
        voucher.privateMetadata == [
          "laurel.order_id": Self.order.id, "laurel.campaign": "spring",
        ])
    }
  }

  @Test func aCategoryThatTheStoreDoesNotKnowGoesToAHuman() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      try await shop.owe(
        Self.order,
        [try .spring(.voucher, 8) { $0.voucherCategories = [Self.category, "Q2F0ZWdvcnk6OTk="] }])
      try await shop.waitForRewards(1, .dead)
      let reward = try await RewardRepository(shop.pool)
        .find(store: shop.store, orderID: Self.order.id).first
      #expect(reward?.lastError?.contains("Q2F0ZWdvcnk6OTk=") == true)
      #expect(await shop.sandbox.vouchers.isEmpty)
    }
  }

  @Test func whateverTheStoreDoesOneVoucherOfPercentComes() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      await shop.sandbox.inject(
        [.noAnswerAfterSave, .duplicateReportedAsUnique, .httpStatus(500)], on: "voucherCreate")
      await shop.sandbox.inject(
        [.internalErrorBeforeSave, .noAnswerAfterSave, .httpStatus(502)],
        on: "voucherChannelListingUpdate")
      try await shop.owe(Self.order, [try .spring(.voucher, 8) { $0.percentOff = 15 }])
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.vouchers.map(\.listings.count) == [1])
      #expect(await shop.sandbox.vouchers.first?.listings.first?.discountValue == 15)
      #expect(try await shop.check().differences == [])
    }
  }

  @Test func percentIsNeverListedOnAVoucherOfMoney() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      // An older life of the ledger has made its voucher, with other terms, and not listed it.
      let identity = RewardIdentity(
        storeAddress: try #require(StoreAddress(shop.storeURL)).canonical, orderID: Self.order.id,
        campaignID: "spring")
      let keys = try #require(try RewardKeys([Array(repeating: 7, count: 32)]))
      let code = try #require(try keys.code(of: identity, keyID: keys.newestID))
      let id = try RewardKeys.id(of: identity).uuidString.lowercased()
      _ = try await shop.client().createVoucher(code: code, rewardID: id, expiresOn: nil)
      try await shop.owe(Self.order, [try .spring(.voucher, 8) { $0.percentOff = 15 }])
      try await shop.waitForRewards(1, .dead)
      #expect(await shop.sandbox.vouchers.first?.listings.isEmpty == true)
    }
  }
}
