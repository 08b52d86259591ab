import Domain
import Intake
import Logging
import NIOConcurrencyHelpers
import Testing

/// A delivery of a store that this process has not heard of yet is not refused for that.
@Suite(.timeLimit(.minutes(1))) struct StoreDirectoryTests {
  private struct Unreachable: Error {}

  /// What the ledger says, and how it says it.
  private struct Ledger: Sendable {
    var stores: [StoreConnection] = []
    var isReachable = true
    var readings = 0
  }

  private let ledger = NIOLockedValueBox(Ledger())

  /// A directory that has been read once; each reading takes `time` after it has looked.
  private func directory(time: Duration = .milliseconds(300)) async throws -> StoreDirectory {
    let ledger = ledger
    let directory = StoreDirectory(
      standing: { nil },
      installed: {
        let seen = ledger.withLockedValue { ledger in
          ledger.readings += 1
          return ledger
        }
        try await Task.sleep(for: time)
        guard seen.isReachable else { throw Unreachable() }
        return seen.stores
      }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await directory.refresh()
    return directory
  }

  private func newStore() throws -> StoreConnection {
    StoreConnection(
      id: StoreID(7), address: try #require(StoreAddress("https://shop.example.com/graphql/")),
      token: "token", appID: "QXBwOjE=", verification: .jws)
  }

  private func find(_ directory: StoreDirectory) async throws -> Bool {
    try await directory.first { $0.id == StoreID(7) } != nil
  }

  @Test func allWhoComeAtOnceFindAStoreThatIsNew() async throws {
    let directory = try await directory()
    let store = try newStore()
    ledger.withLockedValue { $0.stores = [store] }
    let found = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 { group.addTask { try await find(directory) } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(found == 50)
    #expect(ledger.withLockedValue { $0.readings } <= 3)
  }

  @Test func aReadingThatLookedTooEarlyDoesNotCount() async throws {
    let directory = try await directory()
    async let early = find(directory)
    while ledger.withLockedValue({ $0.readings }) < 2 {
      try await Task.sleep(for: .milliseconds(1))
    }
    let store = try newStore()
    ledger.withLockedValue { $0.stores = [store] }
    #expect(try await find(directory))
    _ = try await early
    // And one that has just ended does not either.
    ledger.withLockedValue { $0.stores = [] }
    try await directory.refresh()
    #expect(try await !find(directory))
    ledger.withLockedValue { $0.stores = [store] }
    #expect(try await find(directory))
  }

  @Test func aReadingThatFailsSaysNothingOfTheStore() async throws {
    let directory = try await directory()
    ledger.withLockedValue { $0.isReachable = false }
    await withDiscardingTaskGroup { group in
      for delay in [0, 50, 400, 600] {
        group.addTask {
          await #expect(throws: Unreachable.self) {
            try await Task.sleep(for: .milliseconds(delay))
            _ = try await find(directory)
          }
        }
      }
    }
    ledger.withLockedValue { $0.isReachable = true }
    #expect(try await !find(directory))
  }

  @Test func madeUpStoresAreLookedForOnceASecondAndOnlySoManyWait() async throws {
    let directory = try await directory(time: .milliseconds(10))
    #expect(try await !find(directory))
    let answers = await withTaskGroup(of: String.self) { group in
      for _ in 0..<(StoreDirectory.maximumWaiting + 44) {
        group.addTask {
          do { return try await find(directory) ? "found" : "unknown" } catch { return "\(error)" }
        }
      }
      return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(answers == ["unknown": StoreDirectory.maximumWaiting, "busy": 44])
    #expect(ledger.withLockedValue { $0.readings } == 3)
    #expect(try await !find(directory))
  }
}
