import Domain
import FoundationEssentials
import Ledger
import MailTesting
import Postgres
import Sandbox
import Testing

/// The programme as a shop lives it, from the invitation to the redemption.
@Suite struct WholePlanTests {
  @Test(arguments: [RewardKind.giftCard, .voucher])
  func fromTheInvitationToTheRedemption(kind: RewardKind) async throws {
    try await MailServer.run { server in
      let environment = [
        "REWARD_TYPE": kind.rawValue, "REFERRAL_NEW_CUSTOMERS_ONLY": "true",
        "REFERRAL_MINIMUM_ORDER": "15", "REFERRAL_DAILY_LIMIT": "5",
      ]
      try await DeliverByMailTests.shop(port: server.port, environment) { shop async throws in
        // Alice asks for her code and sends it to Bob.
        let invitation = try await shop.issueCode(
          #"{"user_id": "VXNlcjox", "email": "alice@example.com"}"#)
        #expect(invitation.status == 201)
        let code = try #require(invitation.json["code"])

        // Bob registers with it, and forgets it when he buys.
        let registration = try await BindingTests.register(
          shop, id: "VXNlcjoy", email: "bob@example.com", code: code)
        #expect(registration == "accepted")
        try await shop.settle()
        let order = DecisionTests.paid(1, email: "bob@example.com", user: "VXNlcjoy", code: nil)
        let standings = try await DecisionTests.standings(shop, [order])
        #expect(standings.map { $0?.state } == ["rewarded"])

        // Alice has her letter.
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
        let mail = try #require(try await server.mails().first)
        #expect(mail.recipients == ["alice@example.com"])
        let letter = try await ReadLetter(Array(mail.data))
        let reward = try await DeliverByMailTests.code(shop)
        #expect(letter.parts.count == 2)
        #expect(letter.parts.allSatisfy { $0.text.contains(reward) })

        // She buys with the code that stands in it.
        let purchase = try await FollowTests.use(kind, shop)
        try await shop.pool.execute("UPDATE rewards SET issued_at = now() - interval '1 hour'")
        #expect(
          try await shop.deliver(shop.body(.orderFullyPaid, purchase)).json["status"]
            == "accepted")
        try await shop.waitForRewards(1, .used)
        #expect(try await server.mails().count == 1)
      }
    }
  }
}
