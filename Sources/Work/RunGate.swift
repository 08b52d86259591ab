/// Lets the work of a process run side by side, and single pieces of it alone.
///
/// To run one alone, what has begun has to end first, which takes as long as the slowest of it. So
/// those that wait to run alone run one after the other for a turn, and afterwards the other work has
/// as long as it had to stand still: at least half of the time is its own. Every piece of work has a
/// deadline of its own.
package actor RunGate {
  private var sharing = 0
  private var isClosed = false
  private var isTaken = false
  /// Until when the gate stays open for work that runs side by side.
  private var openUntil = ContinuousClock.now
  private var closedAt = ContinuousClock.now
  private var emptiedAt = ContinuousClock.now
  private let turn: Duration
  private var waitingForOpening: [CheckedContinuation<Void, Never>] = []
  private var waitingForTurn: [CheckedContinuation<Void, Never>] = []
  private var waitingForEmptiness: CheckedContinuation<Void, Never>?

  /// Nothing runs at first. After `turn` nothing more begins to run alone until the other work has
  /// had its turn.
  package init(turn: Duration = .seconds(1)) {
    self.turn = turn
  }

  /// Runs `body` beside other work.
  package nonisolated func together<Result>(
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    await enter()
    do {
      let result = try await body()
      await leave()
      return result
    } catch {
      await leave()
      throw error
    }
  }

  /// Runs `body` while nothing else runs. They come one after the other, in the sequence of the
  /// calls.
  package nonisolated func alone(_ body: () async -> Void) async {
    await close()
    await body()
    await open()
  }

  private func enter() async {
    if isClosed {
      // Whoever opens the gate counts those that wait.
      await withCheckedContinuation { waitingForOpening.append($0) }
    } else {
      sharing += 1
    }
  }

  private func leave() {
    sharing -= 1
    if sharing == 0 {
      waitingForEmptiness?.resume()
      waitingForEmptiness = nil
    }
  }

  private func close() async {
    if isTaken {
      await withCheckedContinuation { waitingForTurn.append($0) }
      // The one before has left the gate closed.
      if isClosed { return }
    } else {
      isTaken = true
    }
    while sharing > 0, ContinuousClock.now < openUntil {
      let wait = min(openUntil, ContinuousClock.now + .milliseconds(50))
      guard (try? await Task.sleep(until: wait, clock: .continuous)) != nil else { break }
    }
    isClosed = true
    closedAt = .now
    if sharing > 0 { await withCheckedContinuation { waitingForEmptiness = $0 } }
    emptiedAt = .now
  }

  private func open() {
    let now = ContinuousClock.now
    if !waitingForTurn.isEmpty, now - emptiedAt < turn {
      return waitingForTurn.removeFirst().resume()
    }
    openUntil = now + (now - closedAt)
    isClosed = false
    sharing += waitingForOpening.count
    for waiting in waitingForOpening { waiting.resume() }
    waitingForOpening = []
    if waitingForTurn.isEmpty { isTaken = false } else { waitingForTurn.removeFirst().resume() }
  }
}
