import Domain
import FoundationEssentials
import Glibc
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// What a piece of work does that ends its process, and what looks like it and is not.
@Suite(.serialized) struct LoneDeathTests {
  /// The point of the store's API that only a voucher passes: with gift cards for all the others
  /// it is one reward that ends its process.
  private static let poison = "store.VoucherCreate.before:1"

  /// Owes a voucher that nobody issues yet.
  private static func oweVoucher(_ shop: CrashShop) async throws {
    let environment = shop.environment.merging([
      "REWARD_TYPE": "voucher", "LAUREL_ROLLOUT": "off",
    ]) { $1 }
    try await Keeper.with(environment: environment) { keeper in
      let traffic = Traffic(shop: shop, keepers: [keeper])
      try await traffic.issueAlicesCode()
      try await traffic.tell(of: [await traffic.placeDueOrder()])
      try await shop.eventually("no voucher is owed") {
        try await shop.count("SELECT count(*) AS count FROM rewards WHERE type = 'voucher'") == 1
      }
    }
  }

  @Test(.timeLimit(.minutes(5))) func whatKillsItsProcessIsFoundAndTheRestGoesOn() async throws {
    try await CrashShop.open(campaigns: [.standard]) { shop in
      try await Self.oweVoucher(shop)
      let environment = shop.environment.merging(["FAILPOINT": Self.poison]) { $1 }
      let deaths = try await Keeper.with(environment: environment) { keeper in
        let traffic = Traffic(shop: shop, keepers: [keeper])
        // Other orders come all the time.
        async let loaded: Void = CrashTests.load(traffic, ordersAtATime: 1) {
          (try? await shop.count("SELECT count(*) AS count FROM rewards WHERE status = 'dead'"))
            == 1
        }
        try await loaded
        let deaths = await keeper.kills
        try await shop.settle()
        #expect(await keeper.kills == deaths, "it is tried again")
        return deaths
      }
      // One beside other work, and three alone.
      #expect(deaths == 4)
      let count = try await shop.book.count(at: shop.sandbox)
      #expect(count.lost.count == 1 && count.doubled.isEmpty)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards
          WHERE type = 'voucher' AND status = 'dead' AND last_error LIKE 'quarantined: 3 %'
          """) == 1)
      #expect(
        try await shop.count(
          "SELECT max(cardinality(lone_deaths)) AS count FROM runs WHERE quarantined_at IS NOT NULL"
        ) == 3)
      // Repaired and approved, it is paid once.
      let id = try await shop.text("SELECT id::text AS text FROM rewards WHERE type = 'voucher'")
      let approved = try await TestProcess.with(
        ["rewards", "approve", id], environment: shop.environment)
      #expect(approved.status == 0, "\(approved.output)")
      try await Keeper.with(environment: shop.environment) { _ in try await shop.settle() }
      let afterwards = try await shop.book.count(at: shop.sandbox)
      #expect(afterwards.lost.isEmpty && afterwards.doubled.isEmpty)
      #expect(await shop.sandbox.vouchers.count == 1)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM runs
          WHERE quarantined_at IS NOT NULL OR worker_id IS NOT NULL OR lone_deaths <> '{}'
          """) == 0)
    }
  }

  @Test(.timeLimit(.minutes(5))) func crashesOfTheDatabaseAreNobodysFault() async throws {
    try await CrashShop.open(campaigns: [.standard]) { shop in
      try await CrashTests.withReplicas([shop.environment, shop.environment]) { keepers in
        let traffic = Traffic(shop: shop, keepers: keepers)
        try await traffic.issueAlicesCode()
        // Every piece of work outlives the time between two crashes.
        await shop.sandbox.misbehave(
          SandboxMischief(
            seed: 1, chances: [.init(.delay(.milliseconds(2500)), probability: 1)],
            fields: ["giftCardCreate"]))
        var orders: [SandboxOrder] = []
        for _ in 0..<8 { orders.append(await traffic.placeDueOrder()) }
        try await traffic.tell(of: orders)
        try await shop.eventually("nothing is under way") {
          try await shop.count("SELECT count(*) AS count FROM runs WHERE stage = 'issue'") > 0
        }
        // So that there is something that runs alone.
        await keepers[0].kill()
        for _ in 1...5 {
          try await Task.sleep(for: .seconds(2))
          try await shop.database.kill()
          try await shop.database.start()
        }
        await shop.sandbox.behave()
        try await shop.settle()
        let count = try await shop.book.count(at: shop.sandbox)
        #expect(count.orders == 8 && count.lost.isEmpty && count.doubled.isEmpty)
        let deaths = try await shop.count(
          "SELECT count(*) AS count FROM runs WHERE lone_deaths <> '{}'")
        #expect(deaths == 0)
      }
    }
  }

  @Test(.timeLimit(.minutes(5))) func aProcessThatWasSuspendedHasNotDied() async throws {
    try await CrashShop.open(campaigns: [.standard]) { shop in
      try await Self.oweVoucher(shop)
      try await Keeper.with(environment: shop.environment) { suspended in
        // Longer than everything that follows.
        await shop.sandbox.inject([.delay(.seconds(8)), .delay(.seconds(8))], on: "voucherCreate")
        try await shop.eventually("nothing is under way") {
          try await shop.count("SELECT count(*) AS count FROM runs WHERE stage = 'issue'") == 1
        }
        await suspended.kill()
        try await shop.eventually("nothing runs alone") {
          try await shop.count("SELECT count(*) AS count FROM runs WHERE is_alone") == 1
        }
        let process = await suspended.process
        process?.send(SIGSTOP)
        try await Keeper.with(environment: shop.environment) { _ in
          try await shop.eventually("its death is not noticed") {
            try await shop.count(
              "SELECT count(*) AS count FROM runs WHERE cardinality(lone_deaths) = 1") == 1
          }
          try await Task.sleep(for: .seconds(3 * CrashShop.leaseSeconds))
          process?.send(SIGCONT)
          try await shop.eventually("its death is not taken back") {
            try await shop.count(
              "SELECT count(*) AS count FROM runs WHERE cardinality(lone_deaths) > 0") == 0
          }
          try await shop.settle()
        }
        let count = try await shop.book.count(at: shop.sandbox)
        #expect(count.orders == 1 && count.lost.isEmpty && count.doubled.isEmpty)
        #expect(
          try await shop.count("SELECT count(*) AS count FROM rewards WHERE status = 'issued'") == 1
        )
      }
    }
  }
}
