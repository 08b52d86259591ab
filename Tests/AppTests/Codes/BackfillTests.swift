import FoundationEssentials
import Glibc
import HTTPTransport
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

@testable import App

/// The real `laurel codes`, on a store with 250 customers.
@Suite(.timeLimit(.minutes(3))) struct BackfillTests {
  static let customers = (1...250).map {
    SandboxCustomer(
      number: $0, email: "customer\($0)@example.com", metadata: ["newsletter": "\($0)"])
  }

  /// A database, and a store with 250 customers, for the time of `body`.
  static func withCustomers(
    _ body: (Pool, SandboxStore, [String: String]) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await ServeTests.withStore(database) { sandbox, environment in
        for customer in customers { await sandbox.put(customer) }
        try await database.withPool { pool in try await body(pool, sandbox, environment) }
      }
    }
  }

  static func codes(_ pool: Pool) async throws -> [String: String] {
    let rows = try await pool.rows("SELECT referrer_user_id, code FROM referral_codes") { row in
      (try row.decode(0, as: String.self), try row.decode(1, as: String.self))
    }
    return Dictionary(rows) { first, _ in first }
  }

  /// Answers the count and the first page at once and lets the second page hang.
  static func hangOnTheSecondPage(_ sandbox: SandboxStore) async {
    await sandbox.inject([.delay(.zero), .delay(.zero), .delay(.seconds(60))], on: "customers")
  }

  static func untilTheFirstPageIsWritten(_ pool: Pool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await codes(pool).isEmpty, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(try await codes(pool).count == 100)
  }

  @Test func aKilledRunIsGoneOnWithAndEverybodyHasOneCodeAtTheStore() async throws {
    try await Self.withCustomers { pool, sandbox, environment in
      await Self.hangOnTheSecondPage(sandbox)
      let killed = try await TestProcess.with(["codes", "backfill"], environment: environment) {
        process in
        try await Self.untilTheFirstPageIsWritten(pool)
        process.send(SIGKILL)
      }
      #expect(killed.status == -9)
      let early = try await Self.codes(pool)

      let resumed = try await TestProcess.with(["codes", "backfill"], environment: environment)
      #expect(resumed.status == 0, "\(resumed.output)")
      #expect(resumed.output.contains("100 of 250 customers, 0 new codes\n"))
      #expect(
        resumed.output.hasSuffix("150 customers: 150 new codes, 0 had one, 0 without an address.\n")
      )
      let codes = try await Self.codes(pool)
      #expect(Set(codes.keys) == Set(Self.customers.map(\.id)))
      #expect(Set(codes.values).count == 250)
      #expect(early.allSatisfy { codes[$0.key] == $0.value })

      // After the end a run starts anew, and finds who is new.
      await sandbox.put(SandboxCustomer(number: 251, email: "aaa@example.com"))
      let again = try await TestProcess.with(
        ["codes", "backfill", "--json"], environment: environment)
      #expect(again.status == 0, "\(again.output)")
      let totals = try JSONDecoder().decode([String: Int].self, from: Data(again.output.utf8))
      #expect(
        totals == ["customers": 251, "issued": 1, "standing": 250, "without_address": 0])

      try await Self.expectAnnounced(pool, sandbox, environment)
    }
  }

  /// Lets a worker run until every code stands at the store, each written once.
  private static func expectAnnounced(
    _ pool: Pool, _ sandbox: SandboxStore, _ environment: [String: String]
  ) async throws {
    let served = try await TestProcess.with(["serve"], environment: environment) { process in
      let deadline = ContinuousClock.now + .seconds(60)
      while await sandbox.calls["updateMetadata", default: 0] < 251,
        ContinuousClock.now < deadline
      {
        try await Task.sleep(for: .milliseconds(50))
      }
      _ = try await process.url()
      process.send(SIGTERM)
    }
    #expect(served.status == 0, "\(served.output)")
    #expect(await sandbox.calls["updateMetadata"] == 251)
    for (userID, code) in try await codes(pool) {
      #expect(await sandbox.customer(userID)?.metadata["ref_code"] == code)
    }
    for customer in customers {
      let metadata = await sandbox.customer(customer.id)?.metadata
      #expect(metadata?["newsletter"] == customer.metadata["newsletter"])
    }
  }

  @Test func ctrlCEndsItInOrder() async throws {
    try await Self.withCustomers { pool, sandbox, environment in
      await Self.hangOnTheSecondPage(sandbox)
      let interrupted = try await TestProcess.with(
        ["codes", "backfill"], environment: environment
      ) { process in
        try await Self.untilTheFirstPageIsWritten(pool)
        process.sendToGroup(SIGINT)
      }
      #expect(interrupted.status == 1)
      #expect(interrupted.output.hasSuffix("interrupted; the next run goes on from here\n"))
      let anew = try await TestProcess.with(
        ["codes", "backfill", "--restart"], environment: environment)
      #expect(
        anew.output.hasSuffix("250 customers: 150 new codes, 100 had one, 0 without an address.\n"))
    }
  }

  @Test func twoAtOnceGiveEverybodyOneCode() async throws {
    try await Self.withCustomers { pool, _, environment in
      async let first = TestProcess.with(["codes", "backfill", "--json"], environment: environment)
      async let second = TestProcess.with(
        ["codes", "backfill", "--json"], environment: environment)
      var issued = 0
      for ended in try await [first, second] {
        #expect(ended.status == 0, "\(ended.output)")
        let totals = try JSONDecoder().decode([String: Int].self, from: Data(ended.output.utf8))
        issued += totals["issued"] ?? 0
      }
      #expect(issued == 250)
      #expect(Set(try await Self.codes(pool).keys) == Set(Self.customers.map(\.id)))
      #expect(try await Self.codes(pool).count == 250)
    }
  }

  @Test func anIllStoreIsWaitedForAndAMissingPermissionIsSaid() async throws {
    try await Self.withCustomers { pool, sandbox, environment in
      await sandbox.inject(
        [.httpStatus(503), .noAnswerBeforeSave, .delay(.zero), .internalErrorBeforeSave],
        on: "customers")
      let ended = try await TestProcess.with(["codes", "backfill"], environment: environment)
      #expect(ended.status == 0, "\(ended.output)")
      #expect(try await Self.codes(pool).count == 250)
      await sandbox.set(permissions: ["MANAGE_GIFT_CARD"])
      let refused = try await TestProcess.with(["codes", "backfill"], environment: environment)
      #expect(refused.status == 1)
      #expect(refused.output.contains("MANAGE_USERS"))
    }
  }

  @Test func theMeterShowsHowFarItIs() {
    var progress = Backfill.Progress(seen: 0, total: 250, issued: 0)
    #expect(BackfillMeter.bar(progress) == "[..............................]")
    progress.seen = 125
    progress.issued = 120
    #expect(BackfillMeter.bar(progress) == "[###############...............]")
    #expect(BackfillMeter.text(progress) == "125 of 250 customers, 120 new codes")
    // Customers who came during the run.
    progress.seen = 260
    #expect(BackfillMeter.bar(progress) == "[##############################]")
    #expect(BackfillMeter.text(progress) == "260 of 260 customers, 120 new codes")
    #expect(BackfillMeter.bar(.init(seen: 0, total: 0, issued: 0)).contains("#"))
  }
}
