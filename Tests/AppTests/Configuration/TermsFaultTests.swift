import Testing

@testable import App

/// Bad files: every fault with its line and column, all at once.
@Suite struct TermsFaultTests {
  /// A file, and for each of its faults the place and some words.
  struct Bad: Sendable, CustomTestStringConvertible {
    let text: String
    let faults: [(place: String, words: String)]

    init(_ text: String, _ faults: (place: String, words: String)...) {
      self.text = text
      self.faults = faults
    }

    var testDescription: String { text }
  }

  private static let rule = "  - name: r\n    when: buyer_guest\n    reason: x\n"

  static let forms = [
    Bad("program: {}\n", ("1:1", "did you mean `programme`?")),
    Bad("xyzzy: 1\nrules: []\n", ("1:1", "the file has no key \"xyzzy\"; it can have programme")),
    Bad("[1]\n", ("1:1", "the file must hold keys with values, not a list")),
    Bad("programme: 5\n", ("1:12", "programme must hold keys with values, not \"5\"")),
    Bad(
      "programme:\n  reward: {amont: 5}\n  minimum: 3\n",
      ("2:12", "reward has no key \"amont\"; did you mean `amount`?"),
      ("3:3", "programme has no key \"minimum\"")),
    Bad("programme:\n  reward:\n    amount: [5]\n", ("3:13", "must be one value, not a list")),
    Bad("programme: {channels: web}\n", ("1:23", "channels must be a list, not \"web\"")),
    Bad("programme: {channels: [a, [b]]}\n", ("1:27", "an entry of channels must be one value")),
    Bad("marks: {ipp: x}\n", ("1:9", "did you mean `ip`?")),
    Bad("marks: {ip: \"\"}\n", ("1:13", "marks.ip is empty")),
    Bad(
      "review: {days: 91, otherwise: review}\n", ("1:16", "1 to 90"), ("1:31", "reject, approve")),
    Bad("score: {review_at: 0}\n", ("1:20", "a whole number from 1 to 1000000, not \"0\"")),
    Bad("score: {review_at: 50.5}\n", ("1:20", "a whole number")),
    Bad("score:\n  review_at: 50\n  reject_at: 50\n", ("3:14", "must be above score.review_at")),
    Bad("lists: [a]\n", ("1:8", "lists must hold names")),
    Bad("lists: {Bad: []}\n", ("1:9", "small letters")),
    Bad("lists:\n  buyer_guest: []\n  in: []\n", ("2:3", "is a signal"), ("3:3", "is a word")),
    Bad("lists: {disposable_domains: []}\n", ("1:9", "disposable-domains.txt")),
    Bad(
      "review: {days: 91}\nreview: {days: 5}\nrules: 5\n", ("1:16", "1 to 90"),
      ("2:1", "review stands twice: in line 1"), ("3:8", "rules must be a list")),
    Bad(
      "review: &x {days: 91}\nscore: *x\nmarks: !y {ipp: a}\n", ("1:9", "anchors"),
      ("1:19", "1 to 90"), ("2:8", "aliases"), ("3:8", "tags"), ("3:12", "did you mean `ip`?")),
    Bad("? [1]\n: 2\nrules: 5\n", ("1:3", "a key must be a word"), ("3:8", "must be a list")),
    Bad("marks: {ip: \"a\\0b\", device: \"\\e[2J\"}\n", ("1:15", "control"), ("1:30", "control")),
    Bad("marks: {\"\\e[2J\": x}\n", ("1:9", "marks has no key \"U+001B[2J\"")),
    Bad("rules:\n\t- name: x\n", ("2:1", "tab")),
    Bad("a: 1\n---\nb: 1\n", ("2:1", "second document")),
  ]

  static let values = [
    Bad(
      "programme:\n  reward:\n    amount: -5\n    currency: usd\n    validity_days: 0\n"
        + "  minimum_order: -1\n  daily_limit: many\n",
      ("3:13", "reward.amount must be a decimal above 0"),
      ("4:15", "reward.currency must be three capital letters of ISO 4217"),
      ("5:20", "reward.validity_days must be a whole number from 1 to 3650"),
      ("6:18", "minimum_order must be a decimal, 0 or more"), ("7:16", "daily_limit must be")),
    Bad("programme: {reward: {amount: 1.234}}\n", ("1:30", "at most 2 digits")),
    Bad(
      "programme: {reward: {amount: 1.234, currency: ZZZ}}\n", ("1:30", "at most 2 digits"),
      ("1:47", "three capital letters of ISO 4217")),
    Bad(
      "programme: {reward: {amount: 10.55, currency: JPY}, minimum_order: 0.5}\n",
      ("1:30", "reward.amount must be a decimal above 0, below 1000000000, without digits after"),
      ("1:68", "as JPY has none")),
    Bad(
      "programme: {reward: {amount: 1000000000}, minimum_order: 25.005}\n", ("1:30", "below"),
      ("1:58", "at most 2 digits")),
    Bad(
      "programme:\n  minimum_order: 1000000000000000000000000000000\n", ("2:18", "below 1000000000")
    ),
    Bad("programme: {reward: {amount: 1.2345, currency: BHD}}\n", ("1:30", "at most 3 digits")),
    Bad(
      "programme:\n  channels: [\"a b\"]\n  blocked: {domains: [\"x,y\", foo bar], users: [\"a,b\"]}\n",
      ("2:14", "channels has an entry that is not a channel's slug"),
      ("3:23", "blocked.domains has an entry"), ("3:30", "not a domain such as example.com"),
      ("3:48", "not a customer's id")),
    Bad("programme: {reward: {type: cash}}\n", ("1:28", "gift_card, voucher")),
    Bad(
      "programme: {reward: {voucher_minimum_spend: 5}}\n", ("1:45", "rewards of the type voucher")),
    Bad("programme: {new_customers_only: maybe}\n", ("1:33", "true or false")),
    Bad(
      "programme:\n  order_origins:\n    - CHECKOUT\n    - PHONE\n  blocked:\n"
        + "    domains: [example.net, \"*.example.org\"]\n    addresses: [carol]\n"
        + "    disposable_domains: no\n",
      ("4:7", "order_origins must be some of CHECKOUT"),
      ("6:28", "blocked.domains has an entry"), ("7:17", "must be e-mail addresses"),
      ("8:25", "must be one of: reject, allow")),
    Bad("programme: {order_origins: []}\n", ("1:28", "must be some of")),
  ]

  static let rules = [
    Bad("rules: {a: 1}\n", ("1:8", "rules must be a list, not keys")),
    Bad("rules:\n  -\n", ("2:4", "a rule is missing here")),
    Bad("rules: [r]\n", ("1:9", "a rule must hold keys")),
    Bad(
      "rules:\n  - when: buyer_guest\n    then: review\n    reason: x\n",
      ("2:5", "a rule needs a `name`")),
    Bad(
      "rules:\n  - {name: Bad-Name, when: buyer_gest, then: refuse, reason: x}\n",
      ("2:12", "small letters, digits and underscores"), ("2:28", "did you mean `buyer_guest`?"),
      ("2:46", "approve, review, reject")),
    Bad(
      "rules:\n  - {name: self_referral, when: buyer_guest, weight: 1, reason: x}\n",
      ("2:12", "choose another name")),
    Bad(
      "rules:\n  - {when: buyer_guest, weight: 5000, reason: \"a\\0b\"}\n",
      ("2:5", "a rule needs a `name`"), ("2:33", "1000"), ("2:49", "reason has a control")),
    Bad(
      "rules:\n  - {name: score, when: buyer_guest, weight: 1, reason: x}\n",
      ("2:12", "choose another name")),
    Bad(
      "rules:\n  - name: r\n", ("2:5", "has no `when`"), ("2:5", "has no `reason`"),
      ("2:5", "neither `then` nor `weight`")),
    Bad(
      "rules:\n  - {name: r, when: , then: review, reason: ~}\n", ("2:5", "has no `when`"),
      ("2:5", "has no `reason`")),
    Bad("rules:\n\(rule)", ("2:5", "neither `then` nor `weight`")),
    Bad(
      "rules:\n\(rule)    then: refuse\n    weight: 2000\n    mode: off\n    why: x\n",
      ("5:11", "approve, review, reject; not \"refuse\""), ("6:13", "from -1000 to 1000"),
      ("7:11", "must be one of: on, shadow; not \"off\""), ("8:5", "a rule has no key \"why\"")),
    Bad("rules:\n\(rule)    then: approve\n    weight: 5\n", ("6:13", "must be 0 or less")),
    Bad("rules:\n\(rule)    then: review\n    weight: -5\n", ("6:13", "0 or more")),
    Bad("rules:\n\(rule)    weight: -5\n", ("5:13", "0 or more")),
    Bad(
      "rules:\n\(rule)    weight: 5\n\(rule)    weight: 5\n",
      ("6:5", "two rules r; the other stands in line 2")),
    Bad(
      "rules:\n  - name: r\n    when: buyer_gest\n    then: review\n    reason: x\n",
      ("3:11", "no signal `buyer_gest`; did you mean `buyer_guest`?")),
    Bad(
      "rules:\n  - name: r\n    when: 'buyer_guest and accont_age < 1h'\n    then: review\n"
        + "    reason: x\n", ("3:28", "did you mean `account_age`?")),
    Bad(
      "rules:\n  - name: r\n    when: >-\n      buyer_guest\n      or account_age < 5\n"
        + "    then: review\n    reason: x\n", ("5:24", "length of time")),
    Bad(
      "rules:\n  - name: r\n    when: |\n      buyer_guest or\n    then: review\n    reason: x\n",
      ("4:21", "expected")),
    Bad(
      "lists: {mine: [example.net]}\nrules:\n  - name: r\n    when: buyer_domain in mien\n"
        + "    then: review\n    reason: x\n", ("4:27", "no list `mien`")),
    Bad(
      "lists: {mine: [example.net, two words, a.example, x@y], rest: [two words]}\nrules:\n"
        + "  - {name: r, when: buyer_domain in mine, then: review, reason: x}\n"
        + "  - {name: q, when: referrer_domain in mine, then: review, reason: x}\n",
      ("1:29", "\"two words\" in the list `mine` is not a domain"), ("1:51", "\"x@y\"")),
    Bad(
      "rules:\n  - {name: r, when: buyer_ip in disposable_domains, then: review, reason: x}\n",
      ("2:33", "An entry of `disposable_domains` is a domain")),
    Bad(
      "rules:\n  - name: r\n    when: same_ip or referrals_by_network(1h) >= 5\n"
        + "    then: reject\n    reason: x\n", ("3:11", "by the network alone")),
    Bad(
      "rules:\n  - {name: r, when: order_value > -5, then: review, reason: x}\n",
      ("2:35", "")),
    Bad(
      "rules:\n  - name: r\n    when: order_value > 5 usd\n    then: review\n    reason: x\n",
      ("3:27", "currency")),
  ]

  static let sections = [
    Bad("sections: {}\n", ("1:11", "sections must be a list")),
    Bad("sections:\n  - score: {review_at: 5}\n", ("2:5", "`store`, `channels` or both")),
    Bad("sections:\n  - channels: []\n", ("2:5", "`store`, `channels` or both")),
    Bad(
      "sections:\n  - store: shop.example.com\n", ("2:12", "https://shop.example.com/graphql/")),
    Bad("sections:\n  - store: https://shop.example.com/\n", ("2:12", "graphql")),
    Bad(
      "sections:\n  - channels: [a, b]\n  - channels: [b, a]\n",
      ("3:5", "as that of line 2")),
    Bad(
      "sections:\n  - store: shop\n  - store: other\n  - channels: [\"a b\"]\n",
      ("2:12", "https://shop.example.com/graphql/"), ("3:12", "https://shop.example.com/graphql/"),
      ("4:16", "is not a channel's slug")),
    Bad(
      "sections:\n  - channels: [a]\n    rules: [{name: Bad, weight: 5000}]\n",
      ("3:20", "small letters"), ("3:33", "1000")),
    Bad(
      "sections:\n  - channels: [a]\n    lists: {}\n    programm: {}\n",
      ("3:5", "a section has no key \"lists\""), ("4:5", "did you mean `programme`?")),
    Bad(
      "rules:\n\(rule)    then: review\nsections:\n  - channels: [a]\n    rules:\n"
        + "      - {name: r, mode: shadow}\n      - {name: q, mode: shadow}\n",
      ("10:9", "the rule q has no `when`"), ("10:9", "so it has to be whole"),
      ("10:9", "neither `then` nor `weight`")),
    Bad(
      "rules:\n\(rule)    weight: 5\nsections:\n  - channels: [a]\n    rules:\n"
        + "      - {name: r, then: approve}\n", ("5:13", "must be 0 or less")),
    Bad(
      "score: {review_at: 50}\nsections:\n  - channels: [a]\n    score: {reject_at: 40}\n",
      ("4:24", "must be above score.review_at, 50")),
    Bad(
      "programme: {reward: {amount: 5, currency: USD}, minimum_order: 20}\nsections:\n"
        + "  - channels: [a]\n    programme: {reward: {currency: PLN}}\n",
      ("4:36", "reward.amount too"), ("4:36", "minimum_order too")),
    Bad(
      "sections:\n  - channels: [a]\n    programme: {reward: {amount: -1}, typo: 1}\n",
      ("3:34", "reward.amount"), ("3:39", "no key \"typo\"")),
  ]

  @Test(arguments: forms + values + rules + sections)
  func everyFaultIsNamedWithItsPlace(bad: Bad) async throws {
    let faults = try await TermsFolder.faults(bad.text)
    #expect(
      faults.map { $0.split(separator: ": ", maxSplits: 1).first.map(String.init) }
        == bad.faults.map(\.place), "\(faults)")
    for (place, words) in bad.faults {
      #expect(
        faults.contains { $0.hasPrefix("\(place): ") && $0.contains(words) },
        "\(place): \(words) is not among \(faults)")
    }
  }

  @Test func faultsOfAllPartsComeTogetherInTheSequenceOfTheFile() async throws {
    let text = Self.values[0].text + "lists: {Bad: []}\n" + Self.rules[6].text
    let faults = try await TermsFolder.faults(text)
    let lines = faults.compactMap { $0.split(separator: ":").first.flatMap { Int($0) } }
    #expect(lines == [3, 4, 5, 6, 7, 8, 10, 10, 10])
  }

  @Test func whatIsTooMuchIsRefused() async throws {
    let rule = "  - {name: r%, when: buyer_guest, weight: 1, reason: x}\n"
    let rules = { (count: Int) in
      "rules:\n" + (0..<count).map { rule.replacing("%", with: "\($0)") }.joined()
    }
    #expect(try await TermsFolder.faults(rules(500)).isEmpty)
    #expect(try await TermsFolder.faults(rules(501)).first?.hasPrefix("2:3: there are 501") == true)
    let sections =
      "sections:\n" + (0...200).map { "  - channels: [c\($0)]\n" }.joined()
    #expect(try await TermsFolder.faults(sections).first?.hasPrefix("2:3: there are 201") == true)
    let big = String(repeating: "# remark\n", count: 1_200_000)
    let start = ContinuousClock.now
    #expect(try await TermsFolder.faults(big).first?.hasPrefix("1:1: the text is too long") == true)
    #expect(ContinuousClock.now - start < .seconds(5))
  }
}
