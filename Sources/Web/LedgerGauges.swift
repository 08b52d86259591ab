package import Ledger

/// What the ledger says of itself for monitoring: read at most every few seconds, however many ask.
package actor LedgerGauges {
  /// How long a reading is given out again.
  private static let age = Duration.seconds(5)
  /// How long a reading may take; the usual scraper waits 10 seconds for everything.
  private static let deadline = Duration.seconds(2)

  private let read: @Sendable () async throws -> GaugeRepository.Reading
  private var last: (reading: GaugeRepository.Reading?, at: ContinuousClock.Instant)?
  private var current: Task<GaugeRepository.Reading?, Never>?

  /// Reads with `read`.
  package init(read: @escaping @Sendable () async throws -> GaugeRepository.Reading) {
    self.read = read
  }

  /// The last reading if it is fresh, else a new one; `nil` when the ledger cannot be read in time.
  func reading() async -> GaugeRepository.Reading? {
    if let last, .now - last.at < Self.age { return last.reading }
    if let current { return await current.value }
    // A task of its own: those who ask at the same moment wait for one reading, and none of them
    // takes it along when its connection ends.
    let task = Task { [read] in await Self.inTime(read) }
    current = task
    let reading = await task.value
    last = (reading, .now)
    current = nil
    return reading
  }

  private static func inTime(_ read: @escaping @Sendable () async throws -> GaugeRepository.Reading)
    async
    -> GaugeRepository.Reading?
  {
    await withTaskGroup { group in
      group.addTask { try? await read() }
      group.addTask {
        try? await Task.sleep(for: deadline)
        return nil
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? nil
    }
  }
}
