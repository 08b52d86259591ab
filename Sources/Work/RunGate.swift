/// Lets the work of a process run side by side, and single pieces of it alone.
///
/// Between two that run alone the other work has its turn, for as long as it had to stand still, so
/// that at least half of the time is its own. One who runs alone waits until what has begun ends;
/// every piece of work has a deadline of its own.
package actor RunGate {
  private var sharing = 0
  private var isClosed = false
  private var isTaken = false
  /// Until when the gate stays open for work that runs side by side.
  private var openUntil = ContinuousClock.now
  private var closedAt = ContinuousClock.now
  private var waitingForOpening: [CheckedContinuation<Void, Never>] = []
  private var waitingForTurn: [CheckedContinuation<Void, Never>] = []
  private var waitingForEmptiness: CheckedContinuation<Void, Never>?

  /// Nothing runs at first.
  package init() {}

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
  }

  private func open() {
    let now = ContinuousClock.now
    openUntil = now + (now - closedAt)
    isClosed = false
    sharing += waitingForOpening.count
    for waiting in waitingForOpening { waiting.resume() }
    waitingForOpening = []
    if waitingForTurn.isEmpty { isTaken = false } else { waitingForTurn.removeFirst().resume() }
  }
}
