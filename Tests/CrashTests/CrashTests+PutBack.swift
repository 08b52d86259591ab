import FoundationEssentials
import ProcessTesting
import Sandbox
import Testing

extension CrashTests {
  @Test(.timeLimit(.minutes(20))) func theDatabaseIsPutBackToAnOlderBackup() async throws {
    let start = ContinuousClock.now
    let times = CrashForm.pick(short: 1, long: 3)
    try await CrashShop.open(["LAUREL_POLL_SECONDS": "1"]) { shop in
      try await Self.withReplicas([shop.environment, shop.environment]) { keepers in
        let traffic = Traffic(shop: shop, keepers: keepers)
        try await traffic.issueAlicesCode()
        await Self.slowDown(shop.sandbox)
        for time in 1...times {
          try await Self.load(traffic, for: .seconds(2))
          try await shop.database.backUp()
          let generation = try await shop.generation()
          // The life that will be lost: orders that are paid, and some that fall.
          let twins = await traffic.placeTwins()
          try await traffic.tell(of: [twins.first])
          try await Self.load(traffic, for: .seconds(5))
          try await shop.waitForReward(of: twins.first)
          // The processes go on through it, or die and start again.
          async let loaded: Void = Self.load(traffic, for: .seconds(5))
          if time % 2 == 0 { for keeper in keepers { await keeper.kill() } }
          try await shop.database.putBack()
          await shop.sandbox.put(twins.second)
          try await traffic.tell(of: [twins.second])
          try await loaded
          try await shop.waitForGeneration(above: generation)
        }
        try await Self.finish(
          "the database put back to an older backup while orders went on", "\(times)", at: shop,
          since: start)
      }
    }
  }

  private static func load(_ traffic: Traffic, for duration: Duration) async throws {
    let end = ContinuousClock.now + duration
    try await load(traffic) { ContinuousClock.now > end }
  }
}
