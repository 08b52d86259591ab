import FoundationEssentials
import Testing

@testable import Sandbox

/// Cards and vouchers that are used in orders.
@Suite struct RedemptionTests {
  /// A store with a paid order, and its id.
  private func store(
    number: Int = 26, total: Decimal, email: String = "bob.ref@example.com"
  ) async -> (SandboxStore, String) {
    let store = SandboxStore(now: { recordedDay })
    let order = SandboxOrder.paid(
      number: number, total: total, email: email, created: recordedDay)
    await store.put(order)
    return (store, order.id)
  }

  @Test func aCardThatWasSpentIsShownAsRecorded() async throws {
    let (store, order) = await store(total: 33)
    try await withRunning(store) { running in
      _ = try await running.create(code: "REWARD-0001", amount: 15)
      let id = try #require(await store.cards.first?.id)
      let paid = try await store.redeem(cardCode: "REWARD-0001", in: order)
      #expect(paid.total == 18 && paid.isPaid && paid.chargeStatus == "FULL")
      #expect(paid.fields["giftCards"][0]["id"].asString == id)
      try await running.expectRecorded("giftCard-after-use", variables: ["id": .string(id)])
      await #expect(throws: SandboxStore.Refusal.invalid) {
        try await store.redeem(cardCode: "REWARD-0001", in: order)
      }
    }
  }

  @Test func aPartOfACardStaysOnIt() async throws {
    let (store, order) = await store(total: 4)
    try await withRunning(store) { running in
      _ = try await running.create(code: "REWARD-0001", amount: 15)
      #expect(try await store.redeem(cardCode: "REWARD-0001", in: order).total == 0)
      #expect(await store.cards.first?.currentBalance == 11)
      #expect(await store.cards.first?.initialBalance == 15)
    }
  }

  @Test func aCardThatCannotBeUsedIsRefused() async throws {
    let (store, order) = await store(total: 4)
    try await withRunning(store) { running in
      _ = try await running.create(code: "REWARD-0001", amount: 15)
      let id = try #require(await store.cards.first?.id)
      for (isActive, expiryDate) in [(false, nil), (true, "2026-11-20")] as [(Bool, String?)] {
        await store.change(card: id) { card in
          card.isActive = isActive
          card.expiryDate = expiryDate
        }
        await #expect(throws: SandboxStore.Refusal.invalid) {
          try await store.redeem(cardCode: "REWARD-0001", in: order)
        }
      }
      // On its last day it still can be.
      await store.change(card: id) { $0.expiryDate = "2026-11-21" }
      try await store.redeem(cardCode: "REWARD-0001", in: order)
      await store.delete(card: id)
      #expect(await store.card(code: "REWARD-0001") == nil)
    }
  }

  @Test func aVoucherIsUsedOnce() async throws {
    let (store, order) = await store(total: 60)
    try await withRunning(store) { running in
      try await running.expectRecorded("voucherCreate-ok")
      let id = try #require(await store.vouchers.first?.id)
      let code = "REF-RW0001-AAAA"
      await #expect(throws: SandboxStore.Refusal.invalid, "without a listing") {
        try await store.redeem(voucherCode: code, in: order)
      }
      try await running.expectRecorded(
        "voucherChannelListingUpdate-ok", variables: ["id": .string(id)])
      let paid = try await store.redeem(voucherCode: code, in: order)
      #expect(paid.total == 50)
      #expect(paid.fields["voucher"]["id"].asString == id)
      #expect(paid.fields["voucherCode"].asString == code)
      let used = try #require(await store.vouchers.first?.codes.first)
      #expect(used.used == 1 && !used.isActive)
      await #expect(throws: SandboxStore.Refusal.invalid) {
        try await store.redeem(voucherCode: code, in: order)
      }
    }
  }
}
