import Glibc
import NIOConcurrencyHelpers
import Testing

/// What the crash tests counted, printed as one table when all of them are done.
struct CrashTable: SuiteTrait, TestScoping {
  private struct Row: Sendable {
    let fault: String
    let howOften: String
    let count: OrderBook.Count
    let duration: Duration
  }

  private static let rows = NIOLockedValueBox<[Row]>([])

  /// Takes one fault's result into the table, and fails the test when a reward was lost, doubled
  /// or brought back to life.
  static func add(
    _ fault: String, _ howOften: String, _ count: OrderBook.Count,
    since start: ContinuousClock.Instant,
    stories: String
  ) {
    rows.withLockedValue {
      $0.append(Row(fault: fault, howOften: howOften, count: count, duration: .now - start))
    }
    #expect(count.orders > 0)
    #expect(count.lost.isEmpty, "\(fault): \(stories)")
    #expect(count.doubled.isEmpty, "\(fault): \(stories)")
    #expect(count.activeAfterTakeBack.isEmpty, "\(fault): \(stories)")
  }

  /// Runs the suite and prints the table.
  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    let start = ContinuousClock.now
    defer { Self.print(duration: .now - start) }
    try await function()
  }

  private static func print(duration: Duration) {
    var lines = [
      [
        "fault", "how often", "lost", "doubled", "active after take-back", "orders", "rewards due",
        "took",
      ]
    ]
    for row in rows.withLockedValue({ $0 }) {
      lines.append([
        row.fault, row.howOften, "\(row.count.lost.count)", "\(row.count.doubled.count)",
        "\(row.count.activeAfterTakeBack.count)", "\(row.count.orders)", "\(row.count.due)",
        seconds(row.duration),
      ])
    }
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    var text = "\n"
    for (index, line) in lines.enumerated() {
      text += "| "
      text += zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: " | ")
      text += " |\n"
      if index == 0 {
        text += "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|")
        text += "|\n"
      }
    }
    Swift.print(
      "\(text)The \(CrashForm.pick(short: "short", long: "long")) form of the crash test "
        + "took \(seconds(duration)).\n")
    fflush(nil)
  }

  private static func seconds(_ duration: Duration) -> String {
    let seconds = Int(duration / .seconds(1))
    return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
  }
}
