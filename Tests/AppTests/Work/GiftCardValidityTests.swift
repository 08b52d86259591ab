import Domain
import FoundationEssentials
import HTTPTransport
import Logging
import Sandbox
import Testing

@testable import SaleorAPI

/// How long the store has its gift cards last, read over the wire.
@Suite struct GiftCardValidityTests {
  @Test func aNewStoresCardsLastForEver() async throws {
    try await TestShop.open { shop in
      #expect(try await shop.client().giftCardValidity() == nil)
    }
  }

  @Test(arguments: [
    (SandboxPeriod(30, "DAY"), RewardPeriod(count: 30, unit: .day)),
    (SandboxPeriod(2, "WEEK"), RewardPeriod(count: 2, unit: .week)),
    (SandboxPeriod(18, "MONTH"), RewardPeriod(count: 18, unit: .month)),
    (SandboxPeriod(1, "YEAR"), RewardPeriod(count: 1, unit: .year)),
  ])
  func itIsWhatStaffSet(_ set: SandboxPeriod, _ read: RewardPeriod) async throws {
    try await TestShop.open { shop in
      await shop.sandbox.set(giftCardPeriod: set)
      #expect(try await shop.client().giftCardValidity() == read)
    }
  }

  @Test(arguments: [SandboxPeriod(0, "DAY"), SandboxPeriod(5, "DECADE")])
  func aPeriodThatIsNoneIsAnError(_ set: SandboxPeriod) async throws {
    try await TestShop.open { shop in
      await shop.sandbox.set(giftCardPeriod: set)
      let error = await #expect(throws: StoreError.self) {
        try await shop.client().giftCardValidity()
      }
      #expect(error?.code == .unexpectedAnswer)
    }
  }

  @Test func withoutThePermissionItIsAnErrorThatCanHeal() async throws {
    try await TestShop.open { shop in
      await shop.sandbox.remove(permission: "MANAGE_GIFT_CARD")
      let error = await #expect(throws: StoreError.self) {
        try await shop.client().giftCardValidity()
      }
      #expect(error?.code == .permissionDenied)
      #expect(error?.isRetryable == true)
    }
  }
}

extension TestShop {
  /// A client of the store, as Laurel has one.
  func client() async throws -> StoreClient {
    StoreClient(
      graphQL: GraphQLClient(
        transport: transport, url: storeURL, token: await sandbox.app.token, reach: .anywhere))
  }
}
