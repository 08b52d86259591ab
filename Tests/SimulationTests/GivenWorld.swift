import Domain
import FoundationEssentials
import Rules
import Testing
import Work

/// What all runs share: the parts of the real program that are simulated, and what they work on.
struct GivenWorld: Sendable {
  /// An order that nothing is special about.
  let order: Order
  /// The code that the orders name.
  let code: Facts.Code
  /// The keys from which reward codes are derived.
  let keys: RewardKeys
  /// The waits of the real program.
  let retry = RetryPolicy(base: .milliseconds(500), cap: .seconds(300))
  let recheck = RetryPolicy(base: .seconds(5), cap: .seconds(6 * 3600))

  init() throws {
    order = Order(
      id: "", number: "", status: .unfulfilled, isPaid: true, chargeStatus: .full,
      origin: .checkout, createdAt: Date(timeIntervalSince1970: 1_795_248_000),
      updatedAt: Date(timeIntervalSince1970: 1_795_248_000),
      channel: "default-channel", subtotal: 20, totalCharged: 25,
      currency: try #require(Currency("USD")), userID: nil, isStaffBuyer: false, emailText: nil,
      referralCodeText: "ALICE10")
    code = Facts.Code(
      code: try #require(ReferralCode(typed: "ALICE10")), isActive: true,
      referrerUserID: "alice", referrerEmail: try #require(EmailAddress("alice@example.com")))
    keys = try #require(try RewardKeys([Array(repeating: 7, count: 32)]))
  }
}
