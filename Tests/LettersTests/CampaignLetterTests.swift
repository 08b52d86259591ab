import Domain
import FoundationEssentials
import Letters
import MailTesting
import Testing

/// The other letters that are shipped: to the friend, for a milestone, and the reminder.
@Suite struct CampaignLetterTests {
  private let templates: LetterTemplates

  init() throws {
    templates = try LetterTemplates(folder: "\(projectFolder)/config/letters")
  }

  @Test(
    arguments: [
      (
        LetterName.friend, LetterLanguage.english,
        "Thank you for your order: 10.50 EUR from Tea & Cakes for you",
        ["You came to Tea & Cakes by an invitation", "of your next order", "until 31 May 2027."]
      ),
      (
        .friend, .russian, "Спасибо за заказ: 10,50 EUR от магазина Tea & Cakes",
        [
          "по приглашению и сделали покупку", "следующего заказа",
          "до 31 мая 2027 г. включительно.",
        ]
      ),
      (
        .milestone, .english,
        "Purchase number 5 on your invitation: 10.50 EUR from Tea & Cakes",
        ["Purchase number 5 on your invitation has been made", "until 31 May 2027."]
      ),
      (
        .milestone, .russian,
        "Покупка № 5 по вашему приглашению: 10,50 EUR от магазина Tea & Cakes",
        ["сделана 5-я покупка", "до 31 мая 2027 г. включительно."]
      ),
      (
        .reminder, .english, "10.50 EUR from Tea & Cakes: valid until 31 May 2027",
        ["has not been used yet. It is valid until 31 May 2027:", "take no notice"]
      ),
      (
        .reminder, .russian,
        "10,50 EUR от магазина Tea & Cakes: код действителен до 31 мая 2027 г.",
        ["ещё не использована. Код действителен до 31 мая 2027 г. включительно:"]
      ),
    ])
  func eachReads(
    name: LetterName, language: LetterLanguage, subject: String, says: [String]
  ) async throws {
    let letter = try await read(name, try facts(), language)
    #expect(letter.subject == subject)
    #expect(letter.language == language.rawValue)
    let isEnglish = language == .english
    let text = try #require(letter.parts.first).text
    #expect(text.hasPrefix(isEnglish ? "Hello, Alice!\n\n" : "Здравствуйте, Alice!\n\n"))
    for part in says + [
      isEnglish ? "Amount: 10.50 EUR\n" : "Сумма: 10,50 EUR\n", "ABCDEFGHIJKLMNOP\n",
      isEnglish
        ? "for orders of 20 EUR or more.\nIt counts on selected goods only.\n"
        : "для заказов от 20 EUR.\nКод действует только на отдельные товары.\n",
    ] { #expect(text.contains(part), "\(part)") }
    #expect(!text.contains("\n\n\n"))
    let html = try #require(letter.parts.last).text
    for part in [
      "Tea &amp; Cakes", ">ABCDEFGHIJKLMNOP<", "2027", "20 EUR",
      isEnglish ? "selected goods" : "отдельные товары",
      #"<html lang="\#(language.rawValue)">"#,
    ] { #expect(html.contains(part), "\(part)") }
  }

  @Test(arguments: LetterName.allCases, LetterLanguage.allCases)
  func whatARewardHasNotIsLeftOut(name: LetterName, language: LetterLanguage) async throws {
    var bare = try facts()
    bare.name = nil
    bare.minimum = nil
    bare.isOnSelectedGoods = false
    if name != .reminder { bare.expiry = nil }
    if name != .milestone { bare.milestone = nil }
    let letter = try await read(name, bare, language)
    let text = try #require(letter.parts.first).text
    #expect(text.hasPrefix(language == .english ? "Hello!\n" : "Здравствуйте!\n"))
    for part in letter.parts {
      for word in ["{{", "20 EUR", "selected", "отдельные", "\n\n\n"] {
        #expect(!part.text.contains(word))
      }
      #expect(part.text.contains("2027") == (name == .reminder))
    }
  }

  @Test(arguments: [
    ("1000", "JPY", "1000 JPY", "1000 JPY"), ("10", "USD", "10 USD", "10 USD"),
    ("10.5", "USD", "10.50 USD", "10,50 USD"), ("1.5", "KWD", "1.500 KWD", "1,500 KWD"),
    ("1.125", "KWD", "1.125 KWD", "1,125 KWD"), ("3", "KWD", "3 KWD", "3 KWD"),
    ("0.05", "EUR", "0.05 EUR", "0,05 EUR"),
  ])
  func amountsHaveTheDigitsOfTheirCurrency(
    amount: String, currency: String, english: String, russian: String
  ) throws {
    var facts = try facts()
    facts.amount = try money(amount, currency)
    facts.minimum = facts.amount
    for name in LetterName.allCases {
      for (language, text) in [(LetterLanguage.english, english), (.russian, russian)] {
        let content = templates[name].content(facts, in: language)
        #expect(content.subject.contains(text))
        #expect(content.text.contains(": \(text)\n"))
        #expect(content.html.contains(">\(text)<"))
      }
    }
  }

  @Test(arguments: [
    ("15", "15 % off", "скидка 15 %"), ("12.5", "12.5 % off", "скидка 12,5 %"),
    ("100", "100 % off", "скидка 100 %"),
  ])
  func percentStandsInPlaceOfTheAmount(percent: String, english: String, russian: String) throws {
    var facts = try facts()
    let value: Decimal = try #require(Money.decimal(percent))
    facts.percentOff = value
    for name in LetterName.allCases {
      for (language, text) in [(LetterLanguage.english, english), (.russian, russian)] {
        let content = templates[name].content(facts, in: language)
        for form in [content.subject, content.text, content.html] {
          #expect(form.contains(text))
          #expect(!form.contains("10.50") && !form.contains("10,50"))
        }
      }
    }
  }

  @Test func aFolderWithTheOldLetterOnlyHasTheOthersAsShipped() throws {
    let folder = "/tmp/laurel-test-letters-\(UUID().uuidString)"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    for language in ["en", "ru"] {
      for part in ["subject", "txt", "html"] {
        let bytes = Data("Our own: {{amount}}".utf8)
        try #require(
          files.createFile(atPath: "\(folder)/reward.\(language).\(part)", contents: bytes))
      }
    }
    let own = try LetterTemplates(folder: folder)
    #expect(own.shipped == [.friend, .milestone, .reminder])
    #expect(templates.shipped.isEmpty)
    let facts = try facts()
    for language in LetterLanguage.allCases {
      #expect(own[.reward].content(facts, in: language).text.hasPrefix("Our own: 10"))
      for name in own.shipped {
        #expect(
          own[name].content(facts, in: language) == templates[name].content(facts, in: language))
      }
    }
    // Who writes one file of a letter writes them all.
    try #require(files.createFile(atPath: "\(folder)/friend.en.txt", contents: Data("x".utf8)))
    let error = try #require(
      #expect(throws: LetterError.self) {
        try LetterTemplates(folder: folder)
      })
    let lines = error.message.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines.allSatisfy { $0.hasPrefix("\(folder)/friend.") })
  }

  @Test func everyFaultOfEveryLetterIsNamedAtOnce() throws {
    let folder = "/tmp/laurel-test-letters-\(UUID().uuidString)"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    for name in LetterName.allCases {
      for language in ["en", "ru"] {
        for part in ["subject", "txt", "html"] {
          let text = part == "txt" ? "{{milestone}} {{expiry}}" : "{{code}}"
          try #require(
            files.createFile(
              atPath: "\(folder)/\(name.rawValue).\(language).\(part)", contents: Data(text.utf8)))
        }
      }
    }
    let error = try #require(
      #expect(throws: LetterError.self) {
        try LetterTemplates(folder: folder)
      })
    // A number belongs to every milestone, and a last day to every reminder.
    let expected = ["en", "ru"].flatMap { language in
      [
        ("reward", "milestone"), ("reward", "expiry"), ("friend", "milestone"),
        ("friend", "expiry"), ("milestone", "expiry"), ("reminder", "milestone"),
      ].map { name, value in
        "\(folder)/\(name).\(language).txt: a {{\(value)}} outside {{#\(value)}}…{{/\(value)}}; "
          + "not every reward has one"
      }
    }
    #expect(Set(error.message.split(separator: "\n").map(String.init)) == Set(expected))
  }

  private func facts() throws -> RewardFacts {
    var facts = RewardFacts(
      name: "Alice", amount: try money("10.5", "EUR"), code: "ABCDEFGHIJKLMNOP",
      expiry: CalendarDay("2027-05-31"), minimum: try money("20", "EUR"), shop: "Tea & Cakes")
    facts.isOnSelectedGoods = true
    facts.milestone = 5
    return facts
  }

  private func money(_ amount: String, _ currency: String) throws -> Money {
    Money(
      amount: try #require(Money.decimal(amount)), currency: try #require(Currency(currency)))
  }

  private func read(
    _ name: LetterName, _ facts: RewardFacts, _ language: LetterLanguage
  ) async throws -> ReadLetter {
    let content = templates[name].content(facts, in: language)
    let letter = try Letter(
      from: Mailbox(name: "Shop", address: "shop@example.com"),
      to: Mailbox(address: "bob@example.com"), content: content, language: language,
      messageID: "reward-1.reminder@shop.example.com",
      date: Date(timeIntervalSince1970: 1_795_260_166))
    checkWire(letter)
    let result = try await ReadLetter(letter.data)
    #expect(result.defects.isEmpty)
    #expect(result.parts.map(\.text) == [content.text, content.html])
    return result
  }
}
