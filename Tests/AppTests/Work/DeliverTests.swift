import Domain
import FoundationEssentials
import HTTPTransport
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Signing
import Testing

@testable import Ledger
@testable import Work

/// What both ways of letters have in common.
@Suite struct DeliverTests {
  @Test(
    arguments: [
      (MailError(.recipientRefused, "no", replyCode: 550), false, "bounced"),
      (MailError(.recipientRefused, "no", replyCode: 530), true, "later"),
      (MailError(.recipientRefused, "later", replyCode: 451), false, "later"),
      (MailError(.recipientRefused, "later", replyCode: 451), true, "bounced"),
      (MailError(.contentRefused, "no", replyCode: 554), false, "failed"),
      (MailError(.contentRefused, "later", replyCode: 452), false, "later"),
      (MailError(.contentRefused, "later", replyCode: 452), true, "failed"),
      (MailError(.invalidMail, "a bracket"), false, "failed"),
      (MailError(.senderRefused, "no", replyCode: 550), true, "later"),
      (MailError(.authenticationFailed, "no", replyCode: 535), true, "later"),
      (MailError(.serverRefused, "no", replyCode: 554), true, "later"),
      (MailError(.connectFailed, "nobody there"), true, "later"),
      (MailError(.tlsFailed, "not trusted"), true, "later"),
      (MailError(.timeout, "hangs"), true, "later"),
      (MailError(.timeout, "hangs", mayHaveBeenDelivered: true), false, "unconfirmed"),
      (MailError(.connectionLost, "gone", mayHaveBeenDelivered: true), true, "unconfirmed"),
    ])
  func onlyTheRecipientsOwnRefusalEndsALetter(
    error: MailError, isOverdue: Bool, expected: String
  ) {
    let outcome = LetterOutcome(error, isOverdue: isOverdue)
    switch outcome {
    case .sent: #expect(expected == "sent")
    case .unconfirmed(let reason): #expect(expected == "unconfirmed" && reason == "\(error)")
    case .later(let reason): #expect(expected == "later" && reason == "\(error)")
    case .bounced(let reason): #expect(expected == "bounced" && reason == "\(error)")
    case .failed(let reason): #expect(expected == "failed" && reason == "\(error)")
    case .needless: #expect(expected == "needless")
    }
  }

  @Test(arguments: [
    "bob@example.com\r\nBcc: x@example.com", "bob\r\n@example.com", "bob@exam\nple.com",
    "bob\0@example.com",
  ])
  func aLineBreakInAnAddressComesNowhere(address: String) async throws {
    #expect(EmailAddress(address) == nil)
    try await TestShop.open { shop async throws in
      let text = address.unicodeScalars.map {
        $0.value < 0x20 ? "\\u00\(Hex.encode([UInt8($0.value)]))" : "\($0)"
      }
      .joined()
      let answer = try await shop.issueCode(#"{"user_id": "VXNlcjox", "email": "\#(text)"}"#)
      #expect(answer.status == 400)
      #expect(answer.json["code"] == "email")
    }
  }

  @Test func withoutAWayThereIsNoLetter() async throws {
    try await TestShop.open { shop async throws in
      let rewards = try await IssueTests.issue(shop) { _ in }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      #expect(try await shop.count("SELECT count(*) FROM letters") == 0)
    }
  }

  @Test func aWorkerWhoseLeaseRanOutChangesNothing() async throws {
    try await TestShop.open { shop async throws in
      let rewards = try await IssueTests.issue(shop) { _ in }.rewards
      let letters = LetterRepository(shop.pool)
      for _ in 1...2 { try await letters.insert(store: shop.store, rewardID: rewards[0].id) }
      let late = try await letters.claimDue(store: shop.store, limit: 9, lease: .milliseconds(1))
      #expect(late.map(\.recipient) == [EmailAddress("alice@example.com")])
      try await Task.sleep(for: .milliseconds(20))
      let held = try await letters.claimDue(store: shop.store, limit: 9, lease: .seconds(60))
      // What did not come to an end is no attempt.
      #expect(held.map(\.attempts) == [1])
      #expect(try await letters.claimDue(store: shop.store, limit: 9, lease: .seconds(60)).isEmpty)
      #expect(try await !letters.markSent(store: shop.store, late[0]))
      try await letters.end(store: shop.store, late[0], as: .failed, error: "late")
      try await letters.putBack(
        store: shop.store, late[0], after: .zero, mayHaveGoneOut: true, error: "late")
      #expect(
        try await letters.find(store: shop.store, rewardID: rewards[0].id)
          == .init(status: "waiting", attempts: 0, lastError: nil))
      #expect(try await letters.markSent(store: shop.store, held[0]))
      #expect(try await !letters.markSent(store: shop.store, held[0]))
      let repository = RewardRepository(shop.pool)
      #expect(try await repository.markDelivered(store: shop.store, id: rewards[0].id))
      #expect(try await !repository.markDelivered(store: shop.store, id: rewards[0].id))
    }
  }
}

extension TestShop {
  /// Waits until every reward has its letter, and none of them is still to be sent; gives where the
  /// rewards of the order and their letters stand.
  func settleLetters(
    _ order: SandboxOrder, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> (rewards: [String], letter: LetterRepository.Standing?) {
    try await eventually("the letters do not settle", sourceLocation: sourceLocation) {
      try await count(
        """
        SELECT (SELECT count(*) FROM letters WHERE status = 'waiting')
          + (SELECT count(*) FROM rewards) - (SELECT count(*) FROM letters) AS count
        """) == 0
    }
    return try await standing(order)
  }

  /// Where the rewards of an order and their letter stand.
  func standing(
    _ order: SandboxOrder
  ) async throws -> (rewards: [String], letter: LetterRepository.Standing?) {
    let rewards = try await RewardRepository(pool).find(store: store, orderID: order.id)
    let letter = try await LetterRepository(pool).find(
      store: store, rewardID: try #require(rewards.first).id)
    return (rewards.map(\.status), letter)
  }

  /// Checks that neither a code nor an address stands in the log or in the outbox.
  func expectSilence(about secrets: [String]) async throws {
    let log = logLines.withLockedValue { $0.joined() }
    for secret in secrets {
      #expect(!log.contains(secret))
      #expect(
        try await count(
          "SELECT count(*) AS count FROM letters WHERE letters::text LIKE '%' || \(secret) || '%'")
          == 0)
    }
  }
}
