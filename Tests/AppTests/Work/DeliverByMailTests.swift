import Domain
import FoundationEssentials
import HTTPTransport
import Letters
import Logging
import MailTesting
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

@testable import Ledger

/// Letters that Laurel sends through a real mail server.
@Suite struct DeliverByMailTests {
  /// A shop that sends to a mail server on `port`.
  static func shop(
    port: Int, user: String = "", permissions: [String] = SandboxApp.recordedPermissions,
    _ environment: [String: String] = [:], work change: (inout WorkSettings) -> Void = { _ in },
    _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.open(
      permissions: permissions,
      environment: [
        "LAUREL_DELIVERY": "auto", "SMTP_URL": "smtp://\(user)127.0.0.1:\(port)",
        "LAUREL_MAIL_SENDER": "shop@example.com", "LAUREL_SHOP_NAME": "Tea & Cakes",
      ].merging(environment) { $1 }, work: change, body)
  }

  /// Pays an order with the code of a customer who is called like this and has this address.
  static func pay(
    _ shop: TestShop, to address: String = "alice@example.com", profile: SandboxProfile? = nil
  ) async throws -> SandboxOrder {
    if let profile { await shop.sandbox.put(profile: profile, user: "VXNlcjox") }
    let answer = try await shop.issueCode(
      #"{"user_id": "VXNlcjox", "email": "\#(address)", "code": "ALICE10"}"#)
    #expect(answer.status == 201)
    let order = DecisionTests.paid(1, email: "friend@example.com")
    await shop.sandbox.put(order)
    #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
    try await shop.settle()
    return order
  }

  /// The code of the reward as the store has it.
  static func code(_ shop: TestShop) async throws -> String {
    let vouchers = await shop.sandbox.vouchers
    let cards = await shop.sandbox.cards
    #expect(vouchers.count + cards.count == 1)
    return try #require(cards.first?.code ?? vouchers.first?.codes.first?.code)
  }

  @Test(arguments: [
    (RewardKind.giftCard, LetterLanguage.english), (.giftCard, .russian), (.voucher, .english),
    (.voucher, .russian),
  ])
  func fromTheSignedOrderToTheLetter(kind: RewardKind, language: LetterLanguage) async throws {
    try await MailServer.run { server in
      var environment = ["REWARD_TYPE": kind.rawValue, "REFERRAL_REWARD_VALIDITY_DAYS": "30"]
      if kind == .voucher { environment["REFERRAL_VOUCHER_MINIMUM_SPEND"] = "25" }
      try await Self.shop(port: server.port, environment) { shop async throws in
        let isEnglish = language == .english
        let order = try await Self.pay(
          shop,
          profile: SandboxProfile(
            firstName: isEnglish ? "Alice" : "Алиса", languageCode: isEnglish ? "EN" : "RU_RU"))
        let (rewards, standing) = try await shop.settleLetters(order)
        #expect(rewards == ["delivered"])
        #expect(standing == .init(status: "sent", attempts: 1, lastError: nil))
        let mail = try #require(try await server.mails().first)
        #expect(mail.sender == "shop@example.com")
        #expect(mail.recipients == ["alice@example.com"])
        let letter = try await ReadLetter(Array(mail.data))
        let reward = try #require(
          try await RewardRepository(shop.pool).find(store: shop.store, orderID: order.id).first)
        let code = try await Self.code(shop)
        let day = try #require(reward.expiresOn.flatMap(CalendarDay.init))
        #expect(letter.defects.isEmpty)
        #expect(letter.from == .init(name: "Tea & Cakes", address: "shop@example.com"))
        #expect(letter.to == .init(name: "", address: "alice@example.com"))
        #expect(letter.messageID == "<\(reward.id.uuidString.lowercased())@example.com>")
        #expect(letter.language == language.rawValue)
        #expect(letter.parts.map(\.type) == ["text/plain", "text/html"])
        for part in letter.parts {
          #expect(part.text.contains(isEnglish ? "Hello, Alice!" : "Здравствуйте, Алиса!"))
          #expect(part.text.contains(isEnglish ? "10.50 USD" : "10,50 USD"))
          #expect(part.text.contains(code))
          #expect(part.text.contains(day.text(in: language)))
          #expect(part.text.contains("25 USD") == (kind == .voucher))
        }
        try await shop.expectSilence(about: [code, "alice@example.com", "Alice", "Алиса"])
        #expect(await shop.sandbox.calls["giftCardResend"] == nil)
      }
    }
  }

  @Test(arguments: [
    (nil, false), (SandboxProfile(firstName: "", languageCode: "DE"), false),
    (SandboxProfile(firstName: "Alice", languageCode: "EN"), true),
  ])
  func whatTheStoreDoesNotTellIsLeftOut(profile: SandboxProfile?, isHidden: Bool) async throws {
    try await MailServer.run { server in
      // Orders and customers are read by the same permissions; the sandbox lets orders pass.
      let hidden: Set = ["MANAGE_USERS", "MANAGE_ORDERS", "MANAGE_STAFF"]
      let permissions = SandboxApp.recordedPermissions.filter {
        !isHidden || !hidden.contains($0)
      }
      try await Self.shop(
        port: server.port, permissions: permissions, ["LAUREL_MAIL_LANGUAGE": "ru"]
      ) { shop async throws in
        let order = try await Self.pay(shop, profile: profile)
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
        let mails = try await server.mails()
        let letter = try await ReadLetter(Array(try #require(mails.first).data))
        #expect(letter.language == "ru")
        for part in letter.parts { #expect(part.text.contains("Здравствуйте!")) }
      }
    }
  }

  @Test func aNameIsTextAndNothingElse() async throws {
    try await MailServer.run { server in
      try await Self.shop(port: server.port) { shop async throws in
        let name = "<script>alert('1')</script>\r\nBcc: eve@example.com"
        let order = try await Self.pay(shop, profile: SandboxProfile(firstName: name))
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
        let mail = try #require(try await server.mails().first)
        #expect(mail.recipients == ["alice@example.com"])
        let letter = try await ReadLetter(Array(mail.data))
        #expect(letter.defects.isEmpty)
        #expect(!letter.fields.contains("Bcc"))
        #expect(letter.parts.last?.text.contains("<script") == false)
        #expect(letter.parts.last?.text.contains("Hello, &lt;script&gt;alert(&#39;1") == true)
        #expect(
          letter.parts.first?.text.hasPrefix("Hello, <script>alert('1')</script> Bcc") == true)
      }
    }
  }

  @Test func twoWorkersSendEachLetterOnce() async throws {
    try await MailServer.run { server in
      try await TestShop.open { shop async throws in
        try await shop.issueAlicesCode()
        for number in 1...12 {
          let order = DecisionTests.paid(number, email: "friend\(number)@example.com")
          await shop.sandbox.put(order)
          _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
        }
        try await shop.settle()
        try await shop.pool.execute(
          "INSERT INTO letters (store_id, reward_id) SELECT store_id, id FROM rewards")
        let transport = try MailTransport()
        let settings = WorkSettings()
        let connected = try await Self.connected(shop)
        let keys = try #require(try RewardKeys([[UInt8](repeating: 7, count: 32)]))
        let post = MailPost(
          .init(
            server: try SMTPServer(url: "smtp://127.0.0.1:\(server.port)"),
            sender: try Mailbox(address: "shop@example.com"), shopName: "Shop",
            language: .english,
            templates: try LetterTemplates(folder: "\(Recording.root)/config/letters")),
          transport: transport, client: connected.client, keys: keys, work: settings)
        try await withThrowingTaskGroup { group in
          for _ in 1...2 {
            let worker = Deliver(
              pool: shop.pool, store: connected, post: post, settings: settings,
              log: Logger(label: "test"))
            group.addTask {
              while case let jobs = try await worker.claim(2), !jobs.isEmpty {
                for job in jobs { await job() }
              }
            }
          }
          try await group.waitForAll()
        }
        await transport.shutdown()
        #expect(
          try await shop.count(
            "SELECT count(*) AS count FROM rewards WHERE status = 'delivered'") == 12)
        let mails = try await server.mails(atLeast: 12)
        #expect(mails.count == 12)
        var ids: Set<String> = []
        for mail in mails { ids.insert(try await ReadLetter(Array(mail.data)).messageID) }
        #expect(ids.count == 12)
      }
    }
  }

  /// The shop's store, as a worker of the test's own sees it.
  static func connected(_ shop: TestShop) async throws -> ConnectedStore {
    let text = try await shop.pool.first("SELECT address FROM stores") { row in
      try row.decode("address", as: String.self)
    }
    let address = try #require(text.flatMap(StoreAddress.init))
    return ConnectedStore(
      id: shop.store, address: address,
      client: StoreClient(
        graphQL: GraphQLClient(
          transport: shop.transport, url: address.canonical,
          token: await shop.sandbox.app.token, reach: .anywhere)))
  }
}
