import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Testing

/// The real `laurel stats`.
@Suite(.timeLimit(.minutes(3))) struct StatsCommandTests {
  /// What `--json` prints.
  struct Report: Decodable {
    struct Sum: Decodable, Equatable {
      let count: Int
      let amount: String
    }
    struct Account: Decodable {
      let currency: String
      let value: String
      let newCustomers: Int
      let owed: Sum
      let issued: Sum
      let standing: Sum
      let redeemed: Sum
      let takenBack: Sum
      let spentBefore: String
      let expired: Sum
      let excess: String
      let cost: String
      let costPerCustomer: String?
      let redeemedPerCustomer: String?
      let `return`: String?
    }
    struct Figures: Decodable {
      let clicks: Int
      let registrations: Int?
      let registrationsWithOrder: Int?
      let orders: Int
      let waiting: Int
      let held: Int
      let inReview: Int
      let refused: Int
      let counted: Int
      let newCustomers: Int
      let ordersPerClick: String?
      let orderedShare: String?
      let money: [Account]
    }
    struct Line: Decodable {
      let key: String?
      let figures: Figures
    }
    struct RuleLine: Decodable, Equatable {
      let rule: String?
      let orders: Int
    }
    let from: String
    let until: String
    let timeZone: String
    let total: Figures
    let lines: [Line]?
    let topReferrers: [Line]
    let refusedBy: [RuleLine]
    let waitingFor: [RuleLine]
  }

  private static let addresses = [
    "https://one.example.com/graphql/", "https://two.example.com/graphql/",
  ]

  /// Runs the command on a ledger of two stores, whose shop is in Berlin.
  private static func with(
    _ fill: [Query], _ body: (Commands, Pool) async throws -> Void
  ) async throws {
    try await TermsFolder.with("time_zone: Europe/Berlin\n") { folder in
      try await TestDatabase.with { database in
        try await database.withPool { pool in
          for address in addresses {
            _ = try await StoreRepository(pool).connect(try #require(StoreAddress(address)))
          }
          for statement in fill { try await pool.execute(statement) }
          try await body(
            Commands(
              database: database, rollout: "all",
              more: ["LAUREL_CONFIG": folder.file, "SALEOR_API_URL": addresses[0]]), pool)
        }
      }
    }
  }

  /// Ten orders of two codes on 10 November, in every state that there is.
  private static let story: [Query] = [
    """
    INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
    VALUES (1, 'ALICE10', 'alice', 'alice@example.com'), (1, 'BOBBY20', 'bob', 'bob@example.com'),
      (2, 'ALICE10', 'alice', 'alice@example.com')
    """,
    """
    INSERT INTO referrals (store_id, ref_code, order_id, referred_customer_id, state, rule, reason,
      campaign_id, next_check_at, review_until, created_at)
    SELECT 1, code, 'order' || number, 'buyer' || number, state, rule, 'because', campaign,
      CASE WHEN state IN ('tracked', 'review') THEN now() END,
      CASE WHEN state = 'review' THEN now() END, '2026-11-10 12:00+00'
    FROM (VALUES
      (1, 'ALICE10', 'rewarded', NULL, 'spring'), (2, 'ALICE10', 'rewarded', NULL, 'spring'),
      (3, 'ALICE10', 'rewarded', NULL, 'autumn'), (4, 'ALICE10', 'rejected', 'order_stands', 'spring'),
      (5, 'BOBBY20', 'rejected', 'self_referral', NULL), (6, 'BOBBY20', 'review', 'large', 'spring'),
      (7, 'BOBBY20', 'tracked', 'hold', 'spring'), (8, 'BOBBY20', 'tracked', NULL, NULL),
      (9, 'BOBBY20', 'paid', NULL, 'spring'), (10, 'BOBBY20', 'rewarded', NULL, 'spring')
    ) AS told (number, code, state, rule, campaign)
    """,
    "INSERT INTO rule_files (store_id, version, content) VALUES (1, 'environment', '')",
    // An older decision on the second order knew another value; the last one counts.
    """
    INSERT INTO decisions (store_id, referral_id, decided_at, rules_version, channel, outcome,
      decided_by, order_value, order_currency)
    SELECT 1, referrals.id, '2026-11-10 13:00+00', 'environment', channel, 'approve', 'rules', value, currency
    FROM (VALUES (2, 'default-channel', 500, 'USD'),
      (1, 'default-channel', 100, 'USD'), (2, 'default-channel', 50, 'USD'),
      (3, 'channel-pln', 200, 'PLN'), (4, 'default-channel', 80, 'USD'),
      (5, 'default-channel', 30, 'USD'), (6, 'default-channel', 40, 'USD'),
      (9, 'default-channel', 60, 'USD'), (10, 'default-channel', 70, 'USD')
    ) AS told (number, channel, value, currency)
    JOIN referrals ON store_id = 1 AND order_id = 'order' || number
    """,
    // A voucher that was used has no spent amount; it was used whole.
    """
    INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
      amount, currency, code_key_id, gift_card_id, voucher_id, status, rollout_bucket,
      take_back_reason, created_at, issued_at, spent_amount, shortfall, excess)
    SELECT 1, gen_random_uuid(), referrals.id, order_id, campaign_id, role, 1, type, amount,
      currency, 'key', CASE WHEN type = 'gift_card' THEN order_id END,
      CASE WHEN type = 'voucher' THEN order_id END, status, 0, 'because', '2026-11-10 13:00+00',
      CASE WHEN status <> 'pending' THEN now() END, spent, shortfall, excess
    FROM (VALUES
      (1, 'referrer', 'gift_card', 10, 'USD', 'issued', 0, NULL, NULL),
      (1, 'friend', 'voucher', 5, 'USD', 'used', NULL, NULL, NULL),
      (2, 'referrer', 'gift_card', 10, 'USD', 'used', 4, NULL, NULL),
      (3, 'referrer', 'gift_card', 20, 'PLN', 'delivered', 0, NULL, 3.5),
      (4, 'referrer', 'gift_card', 10, 'USD', 'revoked', NULL, 2, NULL),
      (9, 'referrer', 'gift_card', 10, 'USD', 'pending', NULL, NULL, NULL),
      (10, 'referrer', 'gift_card', 10, 'USD', 'expired', 0, NULL, NULL)
    ) AS told (number, role, type, amount, currency, status, spent, shortfall, excess)
    JOIN referrals ON store_id = 1 AND order_id = 'order' || number
    """,
    // The tenth buyer was no new one.
    """
    INSERT INTO buyers (store_id, order_id, customer_id, ordered_at)
    VALUES (1, 'order10', 'buyer10', '2026-11-10 11:00+00'),
      (1, 'elsewhere', 'buyer10', '2026-05-10 11:00+00'),
      (1, 'order9', 'buyer9', '2026-11-10 11:00+00'),
      (1, 'after', 'buyer9', '2026-11-12 11:00+00')
    """,
    """
    INSERT INTO clicks (store_id, code, day, campaign, channel, clicks)
    VALUES (1, 'ALICE10', '2026-11-10', 'spring', 'default-channel', 20),
      (1, 'ALICE10', '2026-11-11', '', '', 10), (1, 'BOBBY20', '2026-11-11', '', '', 30),
      (1, 'BOBBY20', '2026-12-01', '', '', 1000), (2, 'ALICE10', '2026-11-11', '', '', 7)
    """,
    """
    INSERT INTO bindings (store_id, customer_id, ref_code, bound_at, expires_at)
    SELECT 1, customer, 'ALICE10', '2026-11-09 12:00+00', now()
    FROM unnest(ARRAY['buyer1', 'buyer2', 'idle1', 'idle2']) AS customer
    """,
  ]

  private static let november = ["--from", "2026-11-01", "--until", "2026-11-30"]

  private static func json(_ laurel: Commands, _ arguments: [String]) async throws -> Report {
    let ended = try await laurel(["stats", "--json"] + arguments)
    #expect(ended.status == 0, "\(ended.output)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(ended.output.utf8))
  }

  @Test func aSmallShopsStoryComesOutExactly() async throws {
    try await Self.with(Self.story) { laurel, _ async throws in
      let report = try await Self.json(laurel, Self.november + ["--by", "campaign"])
      #expect(report.from == "2026-11-01" && report.until == "2026-11-30")
      #expect(report.timeZone == "Europe/Berlin")
      let total = report.total
      #expect(total.clicks == 60 && total.registrations == 4)
      #expect(total.registrationsWithOrder == 2 && total.orderedShare == "0.5")
      #expect(total.orders == 10 && total.ordersPerClick == "0.1667")
      #expect(total.waiting == 2 && total.held == 1 && total.inReview == 1)
      #expect(total.refused == 2 && total.counted == 5 && total.newCustomers == 4)
      #expect(total.money.map(\.currency) == ["PLN", "USD"])
      let pln = try #require(total.money.first)
      #expect(pln.value == "200" && pln.newCustomers == 1 && pln.cost == "20")
      #expect(pln.excess == "3.5" && pln.redeemed == .init(count: 0, amount: "0"))
      #expect(pln.costPerCustomer == "20" && pln.return == "10")
      let usd = try #require(total.money.last)
      #expect(usd.value == "280" && usd.newCustomers == 3)
      #expect(usd.owed == .init(count: 1, amount: "10"))
      #expect(usd.issued == .init(count: 5, amount: "45"))
      #expect(usd.standing == .init(count: 3, amount: "25"))
      #expect(usd.redeemed == .init(count: 3, amount: "11"))
      #expect(usd.takenBack == .init(count: 1, amount: "10") && usd.spentBefore == "2")
      #expect(usd.expired == .init(count: 1, amount: "10"))
      #expect(usd.cost == "27" && usd.costPerCustomer == "9")
      #expect(usd.redeemedPerCustomer == "3.67" && usd.return == "10.37")

      #expect(report.topReferrers.map(\.key) == ["ALICE10", "BOBBY20"])
      #expect(report.topReferrers.map(\.figures.counted) == [3, 2])
      #expect(report.topReferrers.map(\.figures.registrations) == [4, 0])
      #expect(
        report.refusedBy == [
          .init(rule: "order_stands", orders: 1), .init(rule: "self_referral", orders: 1),
        ])
      #expect(
        report.waitingFor == [.init(rule: nil, orders: 1), .init(rule: "hold", orders: 1)])

      let lines = try #require(report.lines)
      #expect(lines.map(\.key) == ["spring", "autumn", nil, "default"])
      #expect(lines.map(\.figures.orders) == [7, 1, 2, 0])
      #expect(lines.map(\.figures.counted) == [4, 1, 0, 0])
      #expect(lines.map(\.figures.clicks) == [20, 0, 0, 40])
      #expect(lines.allSatisfy { $0.figures.registrations == nil })
      #expect(lines[0].figures.money.map(\.cost) == ["27"])
      #expect(lines[1].figures.money.map(\.cost) == ["20"])
    }
  }

  @Test func peopleAreToldTheSame() async throws {
    try await Self.with(Self.story) { laurel, _ async throws in
      let ended = try await laurel(["stats", "--by", "channel"] + Self.november)
      #expect(ended.status == 0)
      #expect(ended.output == Self.text)
      #expect(!ended.output.contains("example.com"))
    }
  }

  private static let text = """
    2026-11-01 to 2026-11-30, Europe/Berlin

    clicks                 60
    registrations          4
      ordered with a code  2   50%
    orders                 10  16.7% of clicks
      waiting              2
        held back          1
      in review            1
      refused              2
      counted              5
    new customers          4

    PLN                        REWARDS  AMOUNT
    value of counted orders             200
    owed                       0        0
    issued                     1        20
      standing                 1        20
        above what is earned            3.5
      expired                  0        0
      taken back               0        0
    redeemed                   0        0
      of what stands no more            0
    cost                                20
    cost per new customer               20
    redeemed per new customer           0
    return                              10

    USD                        REWARDS  AMOUNT
    value of counted orders             280
    owed                       1        10
    issued                     5        45
      standing                 3        25
        above what is earned            0
      expired                  1        10
      taken back               1        10
    redeemed                   3        11
      of what stands no more            2
    cost                                27
    cost per new customer               9
    redeemed per new customer           3.67
    return                              10.37

    CHANNEL          CLICKS  ORDERS  COUNTED  NEW CUSTOMERS  VALUE    COST    REDEEMED
    default-channel  20      7       4        3              280 USD  27 USD  11 USD
    channel-pln      0       1       1        1              200 PLN  20 PLN  0 PLN
    -                40      2       0        0              -        -       -

    TOP CODE  CLICKS  REGISTERED  ORDERS  COUNTED  NEW CUSTOMERS  VALUE             COST            REDEEMED
    ALICE10   30      4           4       3        3              200 PLN, 150 USD  20 PLN, 27 USD  0 PLN, 11 USD
    BOBBY20   30      0           6       2        1              130 USD           0 USD           0 USD

    REFUSED BY     ORDERS
    order_stands   1
    self_referral  1

    WAITING FOR  ORDERS
    -            1
    hold         1

    """

  @Test func aCampaignOrAChannelAloneIsTold() async throws {
    try await Self.with(Self.story) { laurel, _ async throws in
      let spring = try await Self.json(laurel, Self.november + ["--campaign", "spring"])
      #expect(spring.total.orders == 7 && spring.total.clicks == 20)
      #expect(spring.total.registrations == nil && spring.lines == nil)
      #expect(spring.total.money.map(\.currency) == ["USD"])
      let pln = try await Self.json(laurel, Self.november + ["--channel", "channel-pln"])
      #expect(pln.total.orders == 1 && pln.total.counted == 1 && pln.total.clicks == 0)
      #expect(pln.total.money.map(\.cost) == ["20"])
      let both = try await Self.json(
        laurel, Self.november + ["--channel", "default-channel", "--campaign", "spring"])
      #expect(both.total.orders == 6 && both.total.clicks == 20)
      #expect(both.total.money.map(\.issued) == [.init(count: 5, amount: "45")])
      let unnamed = try await Self.json(laurel, Self.november + ["--campaign", "default"])
      #expect(unnamed.total.clicks == 40 && unnamed.total.orders == 0)
    }
  }

  @Test func eachStoreIsForItselfAndAnEmptyRangeIsEmpty() async throws {
    try await Self.with(Self.story) { laurel, _ async throws in
      let other = try await Self.json(laurel, Self.november + ["--store", Self.addresses[1]])
      #expect(other.total.clicks == 7 && other.total.orders == 0 && other.total.money.isEmpty)
      #expect(other.topReferrers.isEmpty && other.refusedBy.isEmpty)
      let none = try await Self.json(laurel, ["--from", "2020-02-01", "--until", "2020-02-29"])
      #expect(none.total.clicks == 0 && none.total.orders == 0)
      #expect(none.total.ordersPerClick == nil && none.total.orderedShare == nil)
      let text = try await laurel(["stats", "--from", "2020-02-01", "--until", "2020-02-29"])
      #expect(text.status == 0 && !text.output.contains("TOP CODE"))
      var stray = laurel
      stray.more["SALEOR_API_URL"] = nil
      #expect(try await stray("stats").status == 64)
    }
  }

  @Test func aDayOf25HoursHasAllOfThemAndNoMore() async throws {
    let instants = [
      "2026-10-24 21:59:59.999999+00", "2026-10-24 22:00+00", "2026-10-25 00:30+00",
      "2026-10-25 01:30+00", "2026-10-25 22:59:59.999999+00", "2026-10-25 23:00+00",
    ]
    let fill: [Query] = [
      """
      INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
      VALUES (1, 'ALICE10', 'alice', 'alice@example.com')
      """,
      """
      INSERT INTO referrals (store_id, ref_code, order_id, created_at)
      SELECT 1, 'ALICE10', told, told::timestamptz FROM unnest(\(instants)) AS told
      """,
      """
      INSERT INTO bindings (store_id, customer_id, ref_code, bound_at, expires_at)
      SELECT 1, told, 'ALICE10', told::timestamptz, now() FROM unnest(\(instants)) AS told
      """,
    ]
    try await Self.with(fill) { laurel, pool async throws in
      let code = try #require(ReferralCode(typed: "ALICE10"))
      // Half past two comes twice on this day; quarters of an hour that begin a day or end one.
      let clicks: [Double] = [
        1_792_878_300, 1_792_879_200, 1_792_888_200, 1_792_891_800, 1_792_968_300, 1_792_969_200,
      ]
      try await ClickRepository(pool).add(
        store: StoreID(1),
        clicks.map {
          .init(
            code: code, followedAt: Date(timeIntervalSince1970: $0), campaign: "", channel: "",
            clicks: 1)
        }, timeZone: "Europe/Berlin")
      let days = try await Self.json(
        laurel, ["--from", "2026-10-24", "--until", "2026-10-26", "--by", "day"])
      let lines = try #require(days.lines)
      #expect(lines.map(\.key) == ["2026-10-24", "2026-10-25", "2026-10-26"])
      #expect(lines.map(\.figures.orders) == [1, 4, 1])
      #expect(lines.map(\.figures.registrations) == [1, 4, 1])
      #expect(lines.map(\.figures.clicks) == [1, 4, 1])
      let day = try await Self.json(laurel, ["--from", "2026-10-25", "--until", "2026-10-25"])
      #expect(day.total.orders == 4 && day.total.registrations == 4 && day.total.clicks == 4)
    }
  }

  @Test func withoutARangeItIsTheLast30Days() async throws {
    let fill: [Query] = [
      """
      INSERT INTO referrals (store_id, ref_code, order_id, created_at)
      SELECT 1, 'ALICE10', 'order' || age, now() - age * interval '1 day'
      FROM generate_series(0, 60) AS age
      """
    ]
    try await Self.with(fill) { laurel, pool async throws in
      let report = try await Self.json(laurel, ["--by", "day"])
      #expect(report.total.orders == 30 && report.lines?.count == 30)
      let today = try await pool.first(
        "SELECT (now() AT TIME ZONE 'Europe/Berlin')::date::text AS today"
      ) { row in try row.decode("today", as: String.self) }
      #expect(report.until == today)
      let some = try await Self.json(laurel, ["--until", report.from])
      #expect(some.until == report.from && some.total.orders == 30)
    }
  }

  @Test(arguments: [
    ["--from", "2026-11-31"], ["--until", "yesterday"], ["--by", "hour"],
    ["--from", "2026-11-02", "--until", "2026-11-01"], ["--from", "2999-01-01"],
  ])
  func whatIsNoRangeIsRefused(arguments: [String]) async throws {
    try await Self.with([]) { laurel, _ async throws in
      #expect(try await laurel(["stats"] + arguments).status == 64)
    }
  }
}
