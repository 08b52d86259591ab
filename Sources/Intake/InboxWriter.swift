package import Domain
package import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import ServiceLifecycle

/// Writes deliveries into the inbox, many with one commit.
///
/// A commit waits for the disk, so whatever arrives during one commit goes together into the next.
/// The queue is bounded: when the database cannot keep up, callers are refused at once and the
/// store comes again.
package final class InboxWriter: Service {
  /// Why a delivery was not written.
  package enum Failure: Error, Sendable {
    /// The queue is full.
    case overloaded
    /// The writer has been shut down.
    case closed
  }

  private struct Entry {
    let arrival: InboxRepository.Arrival
    let answer: CheckedContinuation<Bool, any Error>
  }

  private struct State {
    var waiting: [Entry] = []
    /// Deliveries that wait or are being written, and the bytes of their bodies.
    var count = 0
    var bytes = 0
    var isClosed = false
    var sleepers: [CheckedContinuation<Void, Never>] = []
  }

  /// One statement takes no further body once it has this many bytes.
  private static let batchBytes = 4 << 20

  private let pool: Pool
  private let log: Logger
  private let writers: Int
  private let capacity: Int
  private let byteCapacity: Int
  private let batch: Int
  private let written: @Sendable (Set<StoreID>) -> Void
  private let state = NIOLockedValueBox(State())

  /// Writes through `pool`.
  ///
  /// - Parameters:
  ///   - writers: how many commits may be under way at once.
  ///   - capacity: how many deliveries may wait or be under way.
  ///   - byteCapacity: how many bytes their bodies may have.
  ///   - batch: how many rows one statement carries at most.
  ///   - written: called after each commit with the stores whose deliveries it brought.
  package init(
    pool: Pool, log: Logger, writers: Int = 2, capacity: Int = 4096,
    byteCapacity: Int = 32 << 20, batch: Int = 256,
    written: @escaping @Sendable (Set<StoreID>) -> Void
  ) {
    self.pool = pool
    self.log = log
    self.writers = writers
    self.capacity = capacity
    self.byteCapacity = byteCapacity
    self.batch = batch
    self.written = written
  }

  /// Returns when the delivery is committed; true when it is new.
  /// - Throws: `Failure`, `PostgresError`.
  package func write(_ arrival: InboxRepository.Arrival) async throws -> Bool {
    try await withCheckedThrowingContinuation { answer in
      let (refusal, sleeper) = state.withLockedValue {
        state -> (Failure?, CheckedContinuation<Void, Never>?) in
        if state.isClosed { return (.closed, nil) }
        if state.count >= capacity || state.bytes + arrival.body.count > byteCapacity {
          return (.overloaded, nil)
        }
        state.waiting.append(Entry(arrival: arrival, answer: answer))
        state.count += 1
        state.bytes += arrival.body.count
        return (nil, state.sleepers.popLast())
      }
      if let refusal { answer.resume(throwing: refusal) }
      sleeper?.resume()
    }
  }

  /// Writes until the shutdown, then writes what still waits and returns.
  package func run() async throws {
    await withGracefulShutdownHandler {
      await withTaskCancellationHandler {
        await withDiscardingTaskGroup { group in
          for _ in 0..<writers {
            group.addTask { await self.writeUntilClosed() }
          }
        }
      } onCancel: {
        close()
      }
    } onGracefulShutdown: {
      self.close()
    }
  }

  private func close() {
    let sleepers = state.withLockedValue { state in
      state.isClosed = true
      defer { state.sleepers = [] }
      return state.sleepers
    }
    for sleeper in sleepers { sleeper.resume() }
  }

  private func writeUntilClosed() async {
    while let entries = await nextBatch() {
      await write(entries)
      release(entries)
    }
  }

  /// Makes room for as much as has been answered.
  private func release(_ entries: [Entry]) {
    state.withLockedValue { state in
      state.count -= entries.count
      state.bytes -= entries.reduce(0) { $0 + $1.arrival.body.count }
    }
  }

  /// What waits now, or what comes next; `nil` once the writer is closed and empty.
  private func nextBatch() async -> [Entry]? {
    while true {
      let (entries, isClosed) = state.withLockedValue { state -> ([Entry], Bool) in
        var bytes = 0
        let taken = Array(
          state.waiting.prefix(batch).prefix { entry in
            defer { bytes += entry.arrival.body.count }
            return bytes < Self.batchBytes
          })
        state.waiting.removeFirst(taken.count)
        return (taken, state.isClosed)
      }
      if !entries.isEmpty { return entries }
      if isClosed { return nil }
      await withCheckedContinuation { sleeper in
        let mayWork = state.withLockedValue { state in
          if !state.waiting.isEmpty || state.isClosed { return true }
          state.sleepers.append(sleeper)
          return false
        }
        if mayWork { sleeper.resume() }
      }
    }
  }

  private func write(_ entries: [Entry]) async {
    do {
      let isNew = try await InboxRepository(pool).insert(entries.map(\.arrival))
      for (entry, isNew) in zip(entries, isNew) { entry.answer.resume(returning: isNew) }
      written(Set(entries.map(\.arrival.store)))
    } catch let error as PostgresError where error.isAboutValues && entries.count > 1 {
      // One row of the statement is bad: in halves, so that its neighbours live.
      log.warning("batch refused, writing it in halves", metadata: ["error": "\(error)"])
      let middle = entries.count / 2
      await write(Array(entries[..<middle]))
      await write(Array(entries[middle...]))
    } catch {
      for entry in entries { entry.answer.resume(throwing: error) }
      failWaiting(error)
    }
  }

  /// Answers everything that waits when the database is out of reach: each of them would only
  /// wait for the same failure, longer than the store does.
  private func failWaiting(_ error: any Error) {
    guard let error = error as? PostgresError, error.isRetryable else { return }
    let waiting = state.withLockedValue { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    release(waiting)
    for entry in waiting { entry.answer.resume(throwing: error) }
  }
}

extension PostgresError {
  /// Whether the database objects to what a row holds (SQLSTATE classes 22, data exception, and
  /// 23, constraint violation), or the value cannot even be sent.
  fileprivate var isAboutValues: Bool {
    code == .encoding || sqlState?.hasPrefix("22") == true || sqlState?.hasPrefix("23") == true
  }
}
