import Ledger

/// Notes the ends of runs in the ledger: what ends while others are being noted is noted with the
/// next statement, all of it together. One that ends alone does not wait.
actor RunEnds {
  private struct Batch {
    var runs: [RunRepository.Run] = []
    /// Who waits for it. One of them is told that it has to write.
    var waiting: [CheckedContinuation<Bool, Never>] = []
  }

  private let note: @Sendable ([RunRepository.Run]) async -> Void
  private var isNoting = false
  private var next = Batch()

  /// Notes by `note`, which handles its failures.
  init(note: @escaping @Sendable ([RunRepository.Run]) async -> Void) {
    self.note = note
  }

  /// Returns when these ends were noted, or could not be.
  func end(_ runs: [RunRepository.Run]) async {
    next.runs += runs
    if isNoting {
      let writes = await withCheckedContinuation { next.waiting.append($0) }
      guard writes else { return }
    }
    isNoting = true
    let batch = next
    next = Batch()
    await note(batch.runs)
    for waiting in batch.waiting { waiting.resume(returning: false) }
    if next.waiting.isEmpty {
      isNoting = false
    } else {
      next.waiting.removeFirst().resume(returning: true)
    }
  }
}
