import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Testing

@testable import App

/// The real `laurel rules backtest`.
@Suite(.timeLimit(.minutes(3))) struct RulesBacktestTests {
  /// What `--json` prints, in part.
  struct Report: Decodable {
    struct Change: Decodable, Equatable {
      let was: String
      let ended: String
      let wouldBe: String
      let decisions: Int
    }
    struct Rewards: Decodable, Equatable {
      let decisions: Int
      let fallen: Int
      let honest: Int
      let amounts: [String: String]
    }
    struct RuleLine: Decodable, Equatable {
      let rule: String
      let mode: String
      let hits: Int
      let unknown: Int
      let failed: Int
      let aloneDecisive: Int
    }
    struct NotPlayed: Decodable, Equatable {
      let requirements: Int
      let adoptions: Int
      let erasedFacts: Int
      let unreadableFacts: Int
    }
    let played: Int
    let unchanged: Int
    let notPlayed: NotPlayed
    let changes: [Change]
    let refused: Rewards
    let held: Rewards
    let given: Rewards
    let rules: [RuleLine]
  }

  /// How many decisions the rules made; more than a page.
  static let count = 9_000

  /// The decisions of an old file. Of each order the number says what is known and what became of it:
  ///
  /// - every 10th is part of a circle, every 7th has the referrer's telephone number; of every 9th
  ///   the telephone number is unknown;
  /// - every 100th was refused; every 50th, unless it was, went to review, of which half were
  ///   approved by a person and half are open;
  /// - every 30th fell after its reward was given.
  static func fill(_ pool: Pool) async throws {
    for statement: Query in [
      "INSERT INTO stores (address) VALUES ('https://shop.example.com/graphql/')",
      "INSERT INTO rule_files (store_id, version, content) VALUES (1, 'old', '')",
      """
      INSERT INTO referrals (store_id, ref_code, order_id, referred_customer_id, state, reason,
        next_check_at, review_until)
      SELECT 1, 'ALICE10', 'order' || i, 'buyer' || i,
        CASE WHEN i % 100 = 0 THEN 'rejected' WHEN i % 200 = 50 THEN 'review'
          WHEN i % 30 = 0 THEN 'rejected' ELSE 'rewarded' END, 'because',
        CASE WHEN i % 200 = 50 THEN now() END, CASE WHEN i % 200 = 50 THEN now() END
      FROM generate_series(1, \(count)) AS i
      """,
      """
      INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
        amount, currency, code_key_id, gift_card_id, status, rollout_bucket, take_back_reason)
      SELECT 1, md5(id::text)::uuid, id, order_id, 'campaign', 'referrer', 1, 'gift_card', 10.50,
        'USD', 'key', 'card' || id, CASE state WHEN 'rejected' THEN 'revoked' ELSE 'issued' END, 0,
        'because'
      FROM referrals WHERE state <> 'review' AND id % 100 <> 0
      """,
      """
      INSERT INTO decisions (store_id, referral_id, decided_at, rules_version, channel, outcome,
        decided_by, facts, reward_amount, reward_currency)
      SELECT 1, i, now() - CASE WHEN i <= 20 THEN interval '100 days' ELSE interval '1 day' END,
        'old', 'default-channel',
        CASE WHEN i % 100 = 0 THEN 'reject' WHEN i % 50 = 0 THEN 'review' ELSE 'approve' END,
        'rules', format('{"cycle_length":%s%s}', CASE WHEN i % 10 = 0 THEN 2 ELSE 0 END,
          CASE WHEN i % 9 <> 0 THEN ',"same_phone":' || (i % 7 = 0)::text END), 10.50, 'USD'
      FROM generate_series(1, \(count)) AS i
      """,
      """
      INSERT INTO decisions (store_id, referral_id, rules_version, outcome, decided_by)
      SELECT 1, i, 'old', 'approve', 'person' FROM generate_series(150, \(count), 200) AS i
      """,
      """
      INSERT INTO decisions (store_id, referral_id, rules_version, outcome, decided_by)
      VALUES (1, 1, 'old', 'reject', 'requirement'), (1, 2, 'old', 'approve', 'adoption'),
        (1, 3, 'old', 'reject', 'requirement')
      """,
      "UPDATE decisions SET facts = '{' WHERE id = 21",
      "UPDATE decisions SET erased_facts = '{same_phone,buyer_user}' WHERE id = 22",
      "UPDATE decisions SET erased_facts = '{buyer_user}' WHERE id = 23",
    ] {
      try await pool.execute(statement)
    }
  }

  /// A circle is refused, and the same telephone number is looked at.
  static let rules = """
    rules:
      - {name: circle, when: cycle_length >= 2, then: reject, reason: A circle.}
      - {name: phone, when: same_phone, then: review, reason: One telephone.}
      - {name: trial, when: same_phone and cycle_length == 0, then: reject, reason: A trial., mode: shadow}
    """

  /// What has to come out.
  struct Expected {
    var changes: [String: Int] = [:]
    var refused = (count: 0, fallen: 0)
    var held = (count: 0, fallen: 0)
    var given = 0
    var hits = ["circle": 0, "phone": 0]
    var unknown = 0
    var decisive = ["circle": 0, "phone": 0, "trial": 0]

    init() {
      for number in 23...RulesBacktestTests.count {
        let (isCircle, isPhone) = (number % 10 == 0, number % 7 == 0 && number % 9 != 0)
        let was =
          number % 100 == 0 ? "reject" : number % 50 == 0 ? "review" : "approve"
        let ended = number % 200 == 150 ? "approve" : was
        let wouldBe = isCircle ? "reject" : isPhone ? "review" : "approve"
        if isCircle { hits["circle", default: 0] += 1 }
        if isPhone { hits["phone", default: 0] += 1 }
        if number % 9 == 0 { unknown += 1 }
        if isCircle { decisive["circle", default: 0] += 1 }
        if isPhone && !isCircle {
          decisive["phone", default: 0] += 1
          decisive["trial", default: 0] += 1
        }
        guard was != wouldBe else { continue }
        changes["\(was) \(ended) \(wouldBe)", default: 0] += 1
        let hasFallen = number % 30 == 0
        switch (ended, wouldBe) {
        case ("approve", "reject"):
          refused = (refused.count + 1, refused.fallen + (hasFallen ? 1 : 0))
        case ("approve", "review"): held = (held.count + 1, held.fallen + (hasFallen ? 1 : 0))
        case ("reject", "approve"): given += 1
        default: break
        }
      }
    }
  }

  /// Runs `body` with a filled ledger, and the path of the rules.
  private static func with(
    _ text: String = rules, _ body: (Commands, String) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await database.withPool { try await fill($0) }
      let path = "/tmp/laurel-backtest-\(UUID().uuidString).yaml"
      try Data(text.utf8).write(to: URL(filePath: path))
      defer { try? FileManager.default.removeItem(atPath: path) }
      let commands = Commands(
        database: database, rollout: "all",
        more: ["REFERRAL_REWARD_AMOUNT": "10.50", "REFERRAL_REWARD_CURRENCY": "USD"])
      try await body(commands, path)
    }
  }

  @Test func itCountsWhatWouldBeDecidedOtherwise() async throws {
    let expected = Expected()
    try await Self.with { laurel, path in
      let report = try await laurel.json("rules", "backtest", "--rules", path, as: Report.self)
      // 20 are too old, one cannot be read, and of one a fact is erased that a rule asks for.
      #expect(report.played == Self.count - 22)
      #expect(
        report.notPlayed
          == .init(requirements: 2, adoptions: 1, erasedFacts: 1, unreadableFacts: 1))
      let changes = Dictionary(
        uniqueKeysWithValues: report.changes.map {
          ("\($0.was) \($0.ended) \($0.wouldBe)", $0.decisions)
        })
      #expect(changes == expected.changes)
      #expect(report.unchanged == report.played - expected.changes.values.reduce(0, +))
      #expect(report.refused.decisions == expected.refused.count)
      #expect(report.refused.fallen == expected.refused.fallen)
      #expect(report.refused.honest == expected.refused.count - expected.refused.fallen)
      #expect(report.refused.amounts == ["USD": Self.worth(expected.refused.count)])
      #expect(report.held.decisions == expected.held.count)
      #expect(report.held.fallen == expected.held.fallen)
      #expect(report.given.decisions == expected.given)
      #expect(report.rules.map(\.rule) == ["circle", "phone", "trial"])
      #expect(report.rules.map(\.mode) == ["on", "on", "shadow"])
      #expect(report.rules.map(\.failed) == [0, 0, 0])
      for line in report.rules {
        #expect(line.aloneDecisive == expected.decisive[line.rule])
        if let hits = expected.hits[line.rule] { #expect(line.hits == hits) }
      }
      #expect(report.rules[1].unknown == expected.unknown)
    }
  }

  private static func worth(_ count: Int) -> String {
    "\(Decimal(count) * 105 / 10)"
  }

  @Test func itPrintsTablesAndALineForEachChange() async throws {
    let expected = Expected()
    try await Self.with { laurel, path in
      let table = try await laurel("rules", "backtest", "--rules", path, "--since", "50d")
      #expect(table.status == 0, "\(table.output)")
      #expect(table.output.contains("2 refused by the programme's conditions"))
      #expect(table.output.contains("1 rewards found at the store"))
      #expect(table.output.contains("ALONE DECISIVE"))

      let csv = try await laurel("rules", "backtest", "--rules", path, "--csv")
      #expect(csv.status == 0)
      let lines = csv.output.split(separator: "\n")
      #expect(lines.first.map(String.init) == BacktestCSV.head)
      #expect(lines.count == 1 + expected.changes.values.reduce(0, +))
      #expect(
        lines.contains("30,30,default-channel,approve,approve,reject,circle,0,10.5,USD,yes"))
      #expect(
        lines.contains("28,28,default-channel,approve,approve,review,phone,0,10.5,USD,no"))
      let numbers = lines.dropFirst().compactMap {
        $0.split(separator: ",").first.flatMap { Int($0) }
      }
      #expect(numbers == numbers.sorted())
    }
  }

  @Test func rulesThatSayTheSameChangeNothingAndAWindowCanBeEmpty() async throws {
    let same = """
      rules:
        - {name: circle, when: cycle_length >= 2, then: reject, reason: A circle., mode: shadow}
      """
    try await Self.with(same) { laurel, path in
      let report = try await laurel.json("rules", "backtest", "--rules", path, as: Report.self)
      #expect(report.changes.allSatisfy { $0.was != "approve" })
      #expect(report.refused.decisions == 0 && report.held.decisions == 0)
      let none = try await laurel.json(
        "rules", "backtest", "--rules", path, "--since", "1s", as: Report.self)
      #expect(none.played == 0)
    }
  }

  @Test func aFileWithAFaultIsNotTried() async throws {
    try await Self.with("rules:\n  - {name: a, when: sam_phone, reason: b}\n") { laurel, path in
      let ended = try await laurel("rules", "backtest", "--rules", path)
      #expect(ended.status == 1)
      #expect(!ended.output.contains("cannot start"))
      #expect(ended.output.contains("did you mean `same_phone`?"))
      for arguments in [["backtest"], ["try", "T3JkZXI6MQ=="]] {
        let missing = try await laurel(
          ["rules"] + arguments + ["--rules", "/nonexistent/laurel.yaml"])
        #expect(missing.status == 1)
        #expect(missing.output.contains("laurel: the file /nonexistent/laurel.yaml cannot be read"))
      }
      let zero = try await laurel("rules", "backtest", "--since", "0d")
      #expect(zero.status == 64)
      let both = try await laurel("rules", "backtest", "--csv", "--json")
      #expect(both.status == 64)
    }
  }

  @Test func theMeterShowsHowFarItIs() {
    #expect(BacktestMeter.text(0, of: 10) == "[..............................] 0 of 10 decisions")
    #expect(BacktestMeter.text(5, of: 10) == "[###############...............] 5 of 10 decisions")
    #expect(BacktestMeter.text(0, of: 0).hasPrefix("[####"))
  }
}
