import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Testing

/// The real `laurel stats`.
@Suite(.timeLimit(.minutes(3))) struct StatsCommandTests {
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

  private static let november = ["--from", "2026-11-01", "--until", "2026-11-30"]

  private static func json(_ laurel: Commands, _ arguments: [String]) async throws -> StatsAnswer {
    let ended = try await laurel(["stats", "--json"] + arguments)
    #expect(ended.status == 0, "\(ended.output)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(StatsAnswer.self, from: Data(ended.output.utf8))
  }

  @Test func aSmallShopsStoryComesOutExactly() async throws {
    try await Self.with(StatsStory.orders) { laurel, _ async throws in
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
          .init(rule: "campaign_limit", orders: 1), .init(rule: "order_stands", orders: 1),
        ])
      #expect(
        report.waitingFor == [.init(rule: nil, orders: 1), .init(rule: "hold", orders: 1)])

      let lines = try #require(report.lines)
      #expect(lines.map(\.key) == ["spring", "autumn", nil, "default"])
      #expect(lines.map(\.figures.orders) == [8, 1, 1, 0])
      #expect(lines.map(\.figures.counted) == [4, 1, 0, 0])
      #expect(lines.map(\.figures.clicks) == [20, 0, 0, 40])
      #expect(lines.allSatisfy { $0.figures.registrations == nil })
      #expect(lines[0].figures.money.map(\.cost) == ["27"])
      #expect(lines[1].figures.money.map(\.cost) == ["20"])
    }
  }

  @Test func peopleAreToldTheSame() async throws {
    try await Self.with(StatsStory.orders) { laurel, _ async throws in
      let ended = try await laurel(["stats", "--by", "channel"] + Self.november)
      #expect(ended.status == 0)
      #expect(ended.output == StatsStory.text)
      #expect(!ended.output.contains("example.com"))
    }
  }

  @Test func aCampaignOrAChannelAloneIsTold() async throws {
    try await Self.with(StatsStory.orders) { laurel, _ async throws in
      let spring = try await Self.json(laurel, Self.november + ["--campaign", "spring"])
      #expect(spring.total.orders == 8 && spring.total.held == 1 && spring.total.clicks == 20)
      #expect(spring.total.refused == 2)
      #expect(spring.total.registrations == nil && spring.lines == nil)
      #expect(spring.total.money.map(\.currency) == ["USD"])
      let pln = try await Self.json(laurel, Self.november + ["--channel", "channel-pln"])
      #expect(pln.total.orders == 1 && pln.total.counted == 1 && pln.total.clicks == 0)
      #expect(pln.total.money.map(\.cost) == ["20"])
      let both = try await Self.json(
        laurel, Self.november + ["--channel", "default-channel", "--campaign", "spring"])
      #expect(both.total.orders == 7 && both.total.clicks == 20)
      #expect(both.total.money.map(\.issued) == [.init(count: 5, amount: "45")])
      let unnamed = try await Self.json(laurel, Self.november + ["--campaign", "default"])
      #expect(unnamed.total.clicks == 40 && unnamed.total.orders == 0)
    }
  }

  @Test func eachStoreIsForItselfAndAnEmptyRangeIsEmpty() async throws {
    try await Self.with(StatsStory.orders) { laurel, _ async throws in
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
      -- At noon: a day is not always of 24 hours.
      SELECT 1, 'ALICE10', 'order' || age, noon AT TIME ZONE 'Europe/Berlin'
      FROM generate_series(0, 60) AS age
      CROSS JOIN LATERAL (
        SELECT date_trunc('day', now() AT TIME ZONE 'Europe/Berlin')
          + interval '12 hours' - age * interval '1 day' AS noon
      ) AS told
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
    ["--campaign", "nosuch"],
  ])
  func whatIsNoRangeAndNoCampaignIsRefused(arguments: [String]) async throws {
    try await Self.with([]) { laurel, _ async throws in
      #expect(try await laurel(["stats"] + arguments).status == 64)
    }
  }
}
