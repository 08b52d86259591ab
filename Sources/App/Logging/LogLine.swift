import FoundationEssentials
import NIOConcurrencyHelpers

/// One line of the log while it is put together as text.
struct LogLine {
  private(set) var bytes: [UInt8] = []

  /// An empty line with room for what lines have mostly.
  init() {
    bytes.reserveCapacity(512)
  }

  /// Adds text that has no control characters.
  mutating func add(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Adds a message, control characters as spaces: nobody outside can forge a line.
  mutating func addMessage(_ text: String) {
    _ = addClean(text)
  }

  /// Adds a value likewise, in quotes when it is empty or has a space, a quote or an equals sign.
  mutating func addValue(_ text: String) {
    let start = bytes.endIndex
    guard addClean(text) || text.isEmpty else { return }
    let value = Array(bytes[start...])
    bytes[start...] = [Self.quote]
    for byte in value {
      if byte == Self.quote { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    bytes.append(Self.quote)
  }

  private static let space = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "\"")
  private static let equals = UInt8(ascii: "=")

  /// Adds text with its control characters as spaces; true when it has something in it that only
  /// quotes keep together. What is beyond ASCII is made of bytes that are neither.
  private mutating func addClean(_ text: String) -> Bool {
    let start = bytes.endIndex
    bytes.append(contentsOf: text.utf8)
    var needsQuotes = false
    for index in start..<bytes.endIndex {
      if bytes[index] < 0x20 || bytes[index] == 0x7F { bytes[index] = Self.space }
      let byte = bytes[index]
      if byte == Self.space || byte == Self.quote || byte == Self.equals { needsQuotes = true }
    }
    return needsQuotes
  }
}

extension LogLine {
  /// The last second that a line was written in, as far as `.`.
  private static let lastSecond = NIOLockedValueBox<(number: Int, text: String)>((-1, ""))

  /// Adds a time with its milliseconds, as `Date.ISO8601FormatStyle` writes it.
  mutating func add(_ time: Date) {
    let exact = time.timeIntervalSince1970
    let second = Int(exact.rounded(.down))
    add(
      Self.lastSecond.withLockedValue { last in
        if last.number != second { last = (second, Self.text(ofSecond: second)) }
        return last.text
      })
    let milliseconds = Int((exact - Double(second)) * 1000)
    for digit in [milliseconds / 100, milliseconds / 10 % 10, milliseconds % 10] {
      bytes.append(UInt8(ascii: "0") + UInt8(digit))
    }
    bytes.append(UInt8(ascii: "Z"))
  }

  private static func text(ofSecond second: Int) -> String {
    let date = Date(timeIntervalSince1970: Double(second))
    return String(date.formatted(Date.ISO8601FormatStyle()).dropLast()) + "."
  }
}
