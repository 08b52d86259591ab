import Domain
import FoundationEssentials
import Letters
import MailTesting
import Testing

/// The reward letter that is shipped, as its reader sees it.
@Suite struct RewardLetterTests {
  private let template: LetterTemplate

  init() throws {
    template = try LetterTemplate(.reward, folder: "\(projectFolder)/config/letters")
  }

  @Test func readsInEnglish() async throws {
    let letter = try await read(try facts(), .english)
    #expect(letter.subject == "Thank you: 10.50 EUR from Tea & Cakes for you")
    #expect(letter.language == "en")
    let text = try #require(letter.parts.first).text
    #expect(text.hasPrefix("Hello, Alice!\n\nSomebody you invited has bought at Tea & Cakes."))
    for part in [
      "Amount: 10.50 EUR\n", "Code:   ABCDEFGHIJKLMNOP\n",
      "entered.\nIt can be used for orders of "
        + "20 EUR or more.\nIt is valid until 31 May 2027.\n\nThe code is money",
    ] { #expect(text.contains(part)) }
    let html = try #require(letter.parts.last).text
    for part in [
      "<p>Hello, Alice!</p>", ">10.50 EUR<", ">ABCDEFGHIJKLMNOP<", "Tea &amp; Cakes",
      "It is valid until 31 May 2027.", "20 EUR or more", #"<html lang="en">"#,
    ] { #expect(html.contains(part)) }
  }

  @Test func readsInRussian() async throws {
    let letter = try await read(try facts(name: "Алиса", shop: "Чай и пироги"), .russian)
    #expect(letter.subject == "Спасибо: 10,50 EUR от магазина Чай и пироги")
    #expect(letter.language == "ru")
    let text = try #require(letter.parts.first).text
    #expect(text.hasPrefix("Здравствуйте, Алиса!\n\nПо вашему приглашению"))
    for part in [
      "Сумма: 10,50 EUR\n", "Код:   ABCDEFGHIJKLMNOP\n",
      "ваучеры.\nКод действует для заказов от "
        + "20 EUR.\nКод действителен до 31 мая 2027 г. включительно.\n\nКод — это деньги",
    ] { #expect(text.contains(part)) }
    let html = try #require(letter.parts.last).text
    for part in [
      "<p>Здравствуйте, Алиса!</p>", ">10,50 EUR<", ">ABCDEFGHIJKLMNOP<", "Чай и пироги",
      "до 31 мая 2027 г.", "для заказов от 20 EUR", #"<html lang="ru">"#,
    ] { #expect(html.contains(part)) }
  }

  @Test(arguments: LetterLanguage.allCases)
  func leavesOutWhatTheRewardHasNot(language: LetterLanguage) async throws {
    var bare = try facts(name: " \n ")
    bare.expiry = nil
    bare.minimum = nil
    let letter = try await read(bare, language)
    let text = try #require(letter.parts.first).text
    #expect(text.hasPrefix(language == .english ? "Hello!\n" : "Здравствуйте!\n"))
    for part in letter.parts {
      for word in ["{{", "valid until", "действителен", "20 EUR", "2027", "\n\n\n"] {
        #expect(!part.text.contains(word))
      }
    }
  }

  @Test func escapesEveryValueInHTML() async throws {
    let evil = #"<script>alert("1")</script> & 'x'"#
    let safe = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"
    for language in LetterLanguage.allCases {
      var bad = try facts(name: evil, shop: evil)
      bad.code = evil
      let letter = try await read(bad, language)
      #expect(letter.parts.first?.text.contains(evil) == true)
      let html = try #require(letter.parts.last).text
      #expect(!html.contains("<script"))
      #expect(html.split(separator: safe, omittingEmptySubsequences: false).count >= 5)
      #expect(letter.subject.contains(evil))
    }
  }

  @Test func aValueStaysOnItsLine() async throws {
    let facts = try facts(
      name: "Bob\r\n\r\nPay at evil.example\u{2028}now\u{202E}!\0", shop: "A\nBcc: x@example.com")
    let letter = try await read(facts, .english)
    #expect(letter.parts.first?.text.hasPrefix("Hello, Bob Pay at evil.example now !!\n") == true)
    #expect(letter.subject == "Thank you: 10.50 EUR from A Bcc: x@example.com for you")
    #expect(!letter.fields.contains("Bcc"))
  }

  @Test func aValueIsNeverReadAsATemplate() async throws {
    let letter = try await read(try facts(name: "{{code}}", shop: "{{#expiry}}"), .english)
    #expect(letter.parts.first?.text.hasPrefix("Hello, {{code}}!") == true)
    #expect(letter.subject.contains("{{#expiry}}"))
  }

  @Test(arguments: [
    ("10", "10 EUR"), ("10.5", "10.50 EUR"), ("0.05", "0.05 EUR"), ("1000", "1000 EUR"),
    ("1.125", "1.125 EUR"),
  ])
  func writesAmounts(amount: String, text: String) throws {
    var facts = try facts()
    facts.amount = try money(amount)
    let english = template.content(facts, in: .english).subject
    let russian = template.content(facts, in: .russian).subject
    #expect(english.contains(" \(text) "))
    #expect(russian.contains(" \(text.replacing(".", with: ",")) "))
  }

  @Test(arguments: [
    ("RU", LetterLanguage.russian), ("ru-RU", .russian), ("ru_RU", .russian), ("EN_US", .english),
    ("en", .english), ("DE", nil), ("", nil), ("RUN", nil), ("-ru", nil),
  ])
  func choosesTheLanguage(code: String, language: LetterLanguage?) {
    #expect(LetterLanguage(code: code) == language)
  }

  @Test(arguments: [
    "2027-5-31", "2027-13-01", "2027-00-10", "2027-01-32", "27-01-01", "", "x",
    "2027-05-31T00:00", "2027-05-3a", "0000-01-01", "+027-01-01",
  ])
  func refusesADay(text: String) {
    #expect(CalendarDay(text) == nil)
  }

  private func facts(name: String? = "Alice", shop: String = "Tea & Cakes") throws -> RewardFacts {
    RewardFacts(
      name: name, amount: try money("10.5"), code: "ABCDEFGHIJKLMNOP",
      expiry: CalendarDay("2027-05-31"), minimum: try money("20"), shop: shop)
  }

  private func money(_ amount: String) throws -> Money {
    Money(
      amount: try #require(Money.decimal(amount)), currency: try #require(Currency("EUR")))
  }

  // Every letter goes through the same checks, whatever it says.
  private func read(_ facts: RewardFacts, _ language: LetterLanguage) async throws -> ReadLetter {
    let content = template.content(facts, in: language)
    let letter = try Letter(
      from: Mailbox(name: "Shop", address: "shop@example.com"),
      to: Mailbox(address: "bob@example.com"), content: content, language: language,
      messageID: "reward-1@shop.example.com", date: Date(timeIntervalSince1970: 1_795_260_166))
    checkWire(letter)
    let result = try await ReadLetter(letter.data)
    #expect(result.defects.isEmpty)
    #expect(
      result.parts == [
        .init(type: "text/plain", charset: "utf-8", text: content.text),
        .init(type: "text/html", charset: "utf-8", text: content.html),
      ])
    return result
  }
}
