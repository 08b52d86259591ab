import App
import FoundationEssentials
import ProcessTesting
import SaleorAPI
import Testing

/// The list of failpoints is the real one.
@Suite struct FailpointTests {
  @Test func everyCallToTheStoreHasItsTwo() {
    for operation in GraphQLOperations.all {
      #expect(Failpoint.names.contains("store.\(operation.name).before"))
      #expect(Failpoint.names.contains("store.\(operation.name).after"))
    }
    #expect(Set(Failpoint.names).count == Failpoint.names.count)
  }

  @Test func theProgramListsThem() async throws {
    let listed = try await TestProcess.with(["failpoints"], environment: [:])
    #expect(listed.status == 0)
    #expect(listed.output.split(separator: "\n").map(String.init) == Failpoint.names)
  }

  @Test(arguments: [
    ("FAILPOINT=nonsense:1", "development"), ("FAILPOINT=store.Order.before:0", "staging"),
    ("FAILPOINT=store.Order.before", "development"),
    ("FAILPOINT=store.Order.before:1", "production"),
  ])
  func aWrongFailpointStopsTheStart(setting: String, environment: String) async throws {
    let ended = try await TestProcess.with(
      ["serve"],
      environment: [
        "FAILPOINT": String(setting.dropFirst("FAILPOINT=".count)),
        "LAUREL_ENVIRONMENT": environment,
      ])
    #expect(ended.status == 64)
    #expect(ended.output.contains("FAILPOINT"))
  }

  @Test(.timeLimit(.minutes(5))) func theOrdersOfTheCrashTestPassEveryPointAndNoOther() async throws
  {
    var passed: [String: Int] = [:]
    try await CrashShop.open(CrashTests.everyKind) { shop in
      let environment = shop.environment.merging(["LOG_LEVEL": "trace"]) { $1 }
      let keeper = try await Keeper.with(environment: environment) { keeper in
        // One that is not reached: it only has every passing written down.
        await keeper.arm("store.Order.before:1000000")
        let traffic = Traffic(shop: shop, keepers: [keeper])
        try await traffic.issueAlicesCode()
        // The second time a buyer has bought before.
        for _ in 0..<2 {
          try await traffic.tellOfEveryKind()
          try await shop.settle()
        }
        let order = await traffic.placeDueOrder(.both)
        try await traffic.tell(of: [order])
        try await shop.settle()
        // A letter whose reward falls before it went out passes none of its points.
        try await shop.tryLetters()
        try await traffic.refundSome()
        try await shop.settle()
        // One whose codes certainly exist by now.
        try await traffic.letFall([order])
        try await shop.settle()
        return keeper
      }
      for line in await keeper.lastOutput.split(separator: "\n")
      where line.contains("failpoint passed") {
        let point = line.split(separator: "point=").last.map(String.init) ?? ""
        passed[point, default: 0] += 1
      }
      let count = try await shop.book.count(at: shop.sandbox)
      #expect(count.lost.isEmpty && count.doubled.isEmpty)
    }
    #expect(CrashTests.ofOrders.subtracting(passed.keys).sorted() == [], "never passed")
    #expect(Set(passed.keys).subtracting(Failpoint.names).sorted() == [], "not listed")
  }
}
