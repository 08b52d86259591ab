import App
import FoundationEssentials
import Testing

extension CrashTests {
  /// Points that a process passes once, or that the orders of one round pass once.
  private static let rare: Set<String> = [
    "commit.StoreRepository.connect", "commit.Migrator.lock", "commit.DecisionWriter.giveUp",
    "commit.RewardRepository.bury", "store.ShopVersion", "commit.CodeRepository.insert",
    "commit.LedgerMarkRepository.beginRestoration",
    "commit.LedgerMarkRepository.finishRestoration", "commit.LedgerMarkRepository.renewPoll",
    "commit.LedgerMarkRepository.renewReferrals", "commit.LedgerMarkRepository.renewRewards",
    "commit.LedgerMarkRepository.noteMarked", "commit.LedgerMarkRepository.open",
    "commit.BudgetRepository.begin",
  ]

  /// The points that orders lead to: all but the calls of a backfill, of letters by SMTP, reminders too, of answers
  /// of the store that are too large, of keys, which a webhook with a secret needs none of, what
  /// belongs to a comparison with the store, to its past orders (`HistoryCrashTests`), to an
  /// installation, to a deleted account, to the notes for staff or to the doctor, what follows a death or an end in order, and what only some races lead to: an
  /// order that falls before its letter goes out, and one that was read before and after its payment.
  static let ofOrders = Set(
    Failpoint.names.filter { name in
      let calls = [
        "Customers", "CustomerCount", "Customer", "ChangedOrderTimes", "OwnGiftCards",
        "OwnVouchers", "OwnGiftCard", "OwnVoucher", "FoundOrder", "MissedDeliveryTimes",
        "PastOrders", "OrderCount", "App", "AppWebhooks", "AppFailedDeliveries",
      ]
      let commits =
        Failpoint.reconciling + Failpoint.reading + Failpoint.installing + Failpoint.noting + [
          "RunRepository.markAlone", "Runs.leave", "StoreKeyRepository.claimFetch",
          "StoreKeyRepository.noteFailure", "StoreKeyRepository.save", "LetterRepository.end",
          "LetterRepository+Reminders.insertReminders",
          "TakeBackRepository.putBack", "Erase.erase", "ErasureRepository.putBack",
        ]
      return !calls.contains { name.hasPrefix("store.\($0).") }
        && !commits.contains { name.hasPrefix("commit.\($0).") }
    })

  /// The points of this run: all in the long form; in the short one a few, other ones every day.
  private static var points: [String] {
    let all = Failpoint.names.filter(ofOrders.contains)
    if CrashForm.isLong { return all }
    let few = 6
    let day = Int(Date().timeIntervalSince1970 / 86_400)
    return (0..<few).map { all[(day * few + $0) % all.count] }
  }

  @Test(.timeLimit(.minutes(60))) func killAtEachFailpoint() async throws {
    let start = ContinuousClock.now
    let times = CrashForm.pick(short: 1, long: 20)
    let points = Self.points
    let lanes = CrashForm.pick(short: 2, long: 4)
    let results = await withTaskGroup(of: (OrderBook.Count, String).self) { group in
      for lane in 0..<lanes {
        let own = points.enumerated().filter { $0.offset % lanes == lane }.map(\.element)
        // A migration is only applied to an empty database, a ledger leaves its marks for the first
        // time once, and a budget begins once, so each of these kills gets a new shop.
        let fresh = own.filter { point in
          [
            "Migrator.run", "LedgerMarkRepository.open", "LedgerMarkRepository.noteMarked",
            "BudgetRepository.begin",
          ]
          .contains { point.hasPrefix("commit.\($0)") }
        }
        let standing = own.filter { !fresh.contains($0) }
        group.addTask {
          var sum = OrderBook.Count()
          var stories = ""
          let visits = standing.map { (point: $0, times: times) }
          let freshVisits = fresh.flatMap { point in
            (0..<times).map { _ in [(point: point, times: 1)] }
          }
          for visits in ([visits] + freshVisits) where !visits.isEmpty {
            do {
              let (count, story) = try await Self.kill(at: visits)
              sum = sum + count
              stories += story
            } catch {
              Issue.record(error, "SIGKILL at \(visits.map(\.point))")
            }
          }
          return (sum, stories)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    CrashTable.add(
      "SIGKILL at each failpoint",
      CrashForm.pick(
        short: "\(times) each at \(points.count) of \(Failpoint.names.count)",
        long: "\(times) each at \(points.count)"),
      results.map(\.0).reduce(OrderBook.Count(), +), since: start,
      stories: results.map(\.1).joined(separator: "\n"))
  }

  /// Kills a shop's process at points, so many times at each, and counts when all is done.
  private static func kill(
    at visits: [(point: String, times: Int)]
  ) async throws -> (OrderBook.Count, String) {
    try await CrashShop.open(everyKind) { shop in
      try await Keeper.with(environment: shop.environment) { keeper in
        let traffic = Traffic(shop: shop, keepers: [keeper])
        for (point, times) in visits {
          for time in 1...times {
            try await kill(keeper, at: point, under: traffic)
            // Every other time it dies again before it has made good what the first death left.
            if time % 2 == 0 || time == times { try await shop.settle() }
          }
        }
        let count = try await shop.book.count(at: shop.sandbox)
        return (count, try await stories(of: count, at: shop))
      }
    }
  }

  /// Has the next process end itself at a point, and sends orders until it has.
  private static func kill(
    _ keeper: Keeper, at point: String, under traffic: Traffic
  ) async throws {
    let isRare = rare.contains { point.hasPrefix($0) }
    let nth = point.hasPrefix("commit.Migrator.run") ? 1...4 : isRare ? 1...1 : 1...3
    let before = await keeper.failpointKills
    await keeper.arm("\(point):\(Int.random(in: nth))")
    // Enough orders for the point to be passed, whatever the first deaths have left to do.
    for _ in 0..<20 {
      try await traffic.tellOfEveryKind()
      for _ in 0..<40 {
        if await keeper.failpointKills > before { return }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    Issue.record("\(point) was not passed")
  }
}
