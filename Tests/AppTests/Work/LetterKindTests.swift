import Domain
import FoundationEssentials
import MailTesting
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

@testable import Ledger

/// Letters to the friend and for a milestone, through a real mail server or the store.
@Suite struct LetterKindTests {
  /// Pays an order of Bob's with Alice's code, once her own letter is out.
  private static func pay(_ shop: TestShop, user: String? = nil) async throws -> SandboxOrder {
    try await shop.issueAlicesCode()
    let order = DecisionTests.paid(1, email: "Bob@example.com", user: user)
    await shop.sandbox.put(order)
    #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
    try await shop.settle()
    #expect(try await shop.settleLetters(order).rewards == ["delivered"])
    return order
  }

  private static func letter(
    of id: UUID, among mails: [MailServer.Mail]
  ) async throws -> (letter: ReadLetter, recipients: [String]) {
    for mail in mails {
      let letter = try await ReadLetter(Array(mail.data))
      if letter.messageID == "<\(id.uuidString.lowercased())@example.com>" {
        return (letter, mail.recipients)
      }
    }
    throw MissingLetter()
  }

  private struct MissingLetter: Error {}

  @Test func theFriendIsWrittenToByHisNameAndInHisLanguage() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        await shop.sandbox.put(
          profile: SandboxProfile(firstName: "Боб", languageCode: "RU"), user: "VXNlcjoy")
        let order = try await Self.pay(shop, user: "VXNlcjoy")
        let id = try await shop.owe(order, .friend)
        #expect(
          Set(try await shop.settleLetters(order).rewards) == ["delivered"])
        let mails = try await server.mails(atLeast: 2)
        let (letter, recipients) = try await Self.letter(of: id, among: mails)
        #expect(recipients == ["bob@example.com"])
        #expect(letter.language == "ru")
        #expect(letter.subject == "Спасибо за заказ: 7 USD от магазина Tea & Cakes")
        #expect(letter.parts.first?.text.hasPrefix("Здравствуйте, Боб!") == true)
        let card = try #require(await shop.sandbox.cards.first { $0.initialBalance == 7 })
        for part in letter.parts { #expect(part.text.contains(card.code)) }
        try await shop.expectSilence(about: [card.code, "bob@example.com", "Боб"])
      }
    }
  }

  @Test func aGuestIsWrittenToByHisAddressAlone() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(
        port: server.port, ["LAUREL_MAIL_LANGUAGE": "ru"]
      ) { shop async throws in
        let order = try await Self.pay(shop)
        // No milestone of the referrer's is told to the friend.
        let id = try await shop.owe(order, .friend) { $0.milestone = 5 }
        _ = try await shop.settleLetters(order)
        let mails = try await server.mails(atLeast: 2)
        let (letter, recipients) = try await Self.letter(of: id, among: mails)
        #expect(recipients == ["bob@example.com"])
        #expect(letter.language == "ru")
        #expect(letter.subject.hasPrefix("Спасибо за заказ"))
        #expect(letter.parts.first?.text.hasPrefix("Здравствуйте!") == true)
      }
    }
  }

  @Test func aMilestoneIsToldByItsNumber() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        let order = try await Self.pay(shop)
        let id = try await shop.owe(order, .referrer) { $0.milestone = 5 }
        _ = try await shop.settleLetters(order)
        let mails = try await server.mails(atLeast: 2)
        let (letter, recipients) = try await Self.letter(of: id, among: mails)
        #expect(recipients == ["alice@example.com"])
        #expect(
          letter.subject == "Purchase number 5 on your invitation: 7 USD from Tea & Cakes")
      }
    }
  }

  @Test func aVoucherOfPercentIsToldAsOne() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        let order = try await Self.pay(shop)
        let id = try await shop.sendVoucher(order, .friend) { grant in
          grant.percentOff = 15
          grant.voucherCategories = ["Q2F0ZWdvcnk6MQ=="]
          grant.minimumSpend = 30
        }
        _ = try await shop.settleLetters(order)
        let mails = try await server.mails(atLeast: 2)
        let (letter, _) = try await Self.letter(of: id, among: mails)
        #expect(
          letter.subject == "Thank you for your order: 15 % off from Tea & Cakes for you")
        for part in letter.parts {
          #expect(part.text.contains("It counts on selected goods only."))
          #expect(part.text.contains("orders of 30 USD or more"))
          #expect(!part.text.contains("7 USD"))
        }
      }
    }
  }

  @Test func theStoreSendsTheFriendsCardToHim() async throws {
    try await DeliverByStoreTests.shop { shop async throws in
      await shop.sandbox.set(sendsMail: true)
      let order = try await Self.pay(shop)
      try await shop.owe(order, .friend)
      _ = try await shop.settleLetters(order)
      let sent = await shop.sandbox.cards.map { card in
        card.events.filter { $0.type == "RESENT" }.map(\.email)
      }
      #expect(sent.count == 2)
      #expect(Set(sent) == [["alice@example.com"], ["bob@example.com"]])
      #expect(await shop.sandbox.calls["giftCardResend"] == 2)
    }
  }

  @Test func aFriendWhoseAddressIsErasedHasNoLetterAndNobodyIsAlarmed() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        let order = try await Self.pay(shop)
        try await shop.pool.execute("UPDATE referrals SET referred_email = NULL")
        let id = try await shop.owe(order, .friend)
        _ = try await shop.settleLetters(order)
        let letter = try await LetterRepository(shop.pool).find(store: shop.store, rewardID: id)
        #expect(letter?.status == "failed")
        #expect(letter?.lastError == LetterRepository.addresseeIsGone)
        #expect(try await server.mails().count == 1)
        #expect(shop.logLines.withLockedValue { !$0.contains { $0.contains("given up") } })
      }
    }
  }
}
