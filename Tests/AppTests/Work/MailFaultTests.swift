import FoundationEssentials
import Ledger
import MailTesting
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

/// Mail servers and addresses that do not take a letter.
@Suite struct MailFaultTests {
  @Test func anAddressThatIsNoMoreBounces() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop, to: "refused@example.com")
        let (rewards, letter) = try await shop.settleLetters(order)
        #expect(rewards == ["issued"])
        #expect(letter?.status == "bounced")
        #expect(letter?.attempts == 1)
        #expect(letter?.lastError?.contains("550") == true)
        try await shop.expectSilence(about: [
          "refused@example.com", try await DeliverByMailTests.code(shop),
        ])
      }
    }
  }

  @Test(arguments: [
    ("", "sender550@example.com", "senderRefused"),
    ("shop%40example.com:hush@", "shop@example.com", "authenticationFailed"),
  ])
  func wrongSettingsEndNoLetter(user: String, sender: String, fault: String) async throws {
    try await MailServer.run(user.isEmpty ? [] : ["--login"]) { server in
      try await DeliverByMailTests.shop(
        port: server.port, user: user, ["LAUREL_MAIL_SENDER": sender]
      ) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop)
        // Not even after the five days that a mail is tried.
        try await shop.pool.execute("UPDATE letters SET created_at = now() - interval '30 days'")
        try await shop.eventually("the letter is not tried again") {
          try await shop.standing(order).letter?.attempts ?? 0 >= 5
        }
        let (rewards, letter) = try await shop.standing(order)
        #expect(rewards == ["issued"])
        #expect(letter?.status == "waiting")
        #expect(letter?.lastError?.hasPrefix(fault) == true)
        #expect(shop.logLines.withLockedValue { $0.contains { $0.contains(fault) } })
        try await shop.expectSilence(about: ["hush", "alice@example.com", sender])
      }
    }
  }

  @Test func aServerThatWasDownLosesNothing() async throws {
    var port = 0
    try await MailServer.run { port = $0.port }
    try await DeliverByMailTests.shop(port: port) { shop async throws in
      let order = try await DeliverByMailTests.pay(shop)
      try await shop.pool.execute("UPDATE letters SET created_at = now() - interval '30 days'")
      try await shop.eventually("the letter is not tried again") {
        try await shop.standing(order).letter?.attempts ?? 0 >= 5
      }
      let (rewards, letter) = try await shop.standing(order)
      #expect(rewards == ["issued"])
      #expect(letter?.status == "waiting")
      #expect(letter?.lastError?.hasPrefix("connectFailed") == true)
      try await MailServer.run(["--port", "\(port)"]) { server async throws in
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
        #expect(try await server.mails().count == 1)
      }
    }
  }

  @Test func aServerThatSaysNothingHoldsNobodyUp() async throws {
    try await MailServer.run(["--mute"]) { server in
      try await DeliverByMailTests.shop(
        port: server.port, work: { $0.mailTimeout = .milliseconds(500) }
      ) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop)
        try await shop.eventually("the letter is not tried again") {
          try await shop.standing(order).letter?.attempts ?? 0 >= 3
        }
        let second = DecisionTests.paid(2, email: "carol@example.com")
        await shop.sandbox.put(second)
        _ = try await shop.deliver(shop.body(.orderFullyPaid, second))
        try await shop.settle()
        #expect(try await shop.standing(second).rewards == ["issued"])
        let (_, letter) = try await shop.standing(order)
        #expect(letter?.status == "waiting")
        #expect(letter?.lastError?.hasPrefix("timeout") == true)
      }
    }
  }

  @Test func aServerThatNeverConfirmsGetsTheSameMailAFewTimes() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(
        port: server.port, work: { $0.mailTimeout = .seconds(2) }
      ) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop, to: "silent@example.com")
        let (rewards, letter) = try await shop.settleLetters(order)
        #expect(rewards == ["issued"])
        #expect(letter?.status == "failed")
        #expect(letter?.lastError?.contains("3 times") == true)
        let mails = try await server.mails(atLeast: 3)
        #expect(mails.count == 3)
        var ids: Set<String> = []
        for mail in mails { ids.insert(try await ReadLetter(Array(mail.data)).messageID) }
        #expect(ids.count == 1)
      }
    }
  }
}
