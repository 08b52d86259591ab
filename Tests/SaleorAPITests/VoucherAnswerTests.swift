import Domain
import FoundationEssentials
import Testing

@testable import SaleorAPI

/// The recorded answers about vouchers and channels, read by the client.
@Suite struct VoucherAnswerTests {
  @Test func aVoucherThatWasMadeHasACodeAndNoListing() throws {
    let payload = try GraphQLClient.read(
      AnswerTests.answer("voucherCreate-ok"), of: VoucherCreate.self
    ).voucherCreate
    let voucher = try #require(try payload.voucher?.voucher())
    #expect(voucher.id == "Vm91Y2hlcjoxOTg=")
    #expect(voucher.codes == ["REF-RW0001-AAAA"])
    #expect(voucher.listings.isEmpty)
    #expect(voucher.rewardID == nil, "rw_0001 is not an id of ours")
    #expect(payload.errors.isEmpty)
  }

  @Test(arguments: [
    "voucherCreate-err-duplicate-addCodes", "voucherCreate-err-duplicate-legacy-code",
    "voucherCreate-err-code-equals-existing-giftcard",
  ])
  func aTakenCodeIsTold(_ name: String) throws {
    let errors = try GraphQLClient.read(AnswerTests.answer(name), of: VoucherCreate.self)
      .voucherCreate.errors
    #expect(errors.map { $0.saysTaken(fields: ["code", "codes"]) } == [true])
  }

  @Test(arguments: [
    "voucherCreate-err-end-before-start", "voucherCreate-err-duplicated-input",
    "voucherCreate-err-no-code", "voucherCreate-err-long-code",
  ])
  func anotherRefusalIsNoTakenCode(_ name: String) throws {
    let errors = try GraphQLClient.read(AnswerTests.answer(name), of: VoucherCreate.self)
      .voucherCreate.errors
    #expect(errors.map { $0.saysTaken(fields: ["code", "codes"]) } == [false])
  }

  @Test func aSearchGivesVouchersWithTheirCodesAndListings() throws {
    let found = try #require(
      try GraphQLClient.read(
        AnswerTests.answer("vouchers-search-by-code"), of: VouchersByCode.self
      ).vouchers
    ).edges.map { try $0.node.voucher() }
    #expect(found.map(\.codes) == [["REF-RW0001-BBBB", "REF-RW0001-AAAA"], ["ref-rw0001-aaaa"]])
    let listing = try #require(found.first?.listings.first)
    #expect(listing.channelID == "Q2hhbm5lbDox")
    #expect(listing.value.description == "10 USD")
    #expect(listing.minimumSpend == 50)
  }

  @Test func aListingIsConfirmedOrRefused() throws {
    let listed = try GraphQLClient.read(
      AnswerTests.answer("voucherChannelListingUpdate-ok"), of: VoucherChannelListingUpdate.self
    ).voucherChannelListingUpdate
    #expect(listed.voucher?.id == "Vm91Y2hlcjoxOTg=" && listed.errors.isEmpty)
    let refused = try GraphQLClient.read(
      AnswerTests.answer("voucherChannelListingUpdate-err-precision"),
      of: VoucherChannelListingUpdate.self
    ).voucherChannelListingUpdate
    #expect(
      refused.errors.map { $0.summary(hiding: []) } == [
        "discountValue INVALID: Invalid amount precision."
      ])
  }

  @Test func channelsAreRead() throws {
    let channels = try #require(
      try GraphQLClient.read(AnswerTests.answer("channels"), of: ChannelsQuery.self).channels)
    #expect(channels.map(\.currencyCode) == ["PLN", "USD"])
    #expect(channels.map(\.isActive) == [true, true])
  }

  @Test func theRewardIsNamedByTheVouchersName() {
    let id = "0f0e0d0c-0b0a-8908-8706-050403020100"
    func rewardID(_ name: String) -> String? {
      Voucher(id: "1", name: name, codes: [], isClosed: false, takesPercent: false, listings: [])
        .rewardID
    }
    #expect(rewardID(Voucher.name(rewardID: id)) == id)
    #expect(rewardID("For Alice") == nil)
    #expect(rewardID("") == nil)
  }
}
