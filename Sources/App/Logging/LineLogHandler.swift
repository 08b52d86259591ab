import FoundationEssentials
import Glibc
package import Logging

/// Writes each event as one line, as text for people or as JSON for programs.
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level

  private let label: String
  private let format: Configuration.LogFormat
  private let sink: @Sendable (String) -> Void

  /// Lines go to `sink`; by default to standard error, each with one write, so that lines of
  /// several threads do not mix.
  package init(
    label: String, level: Logger.Level, format: Configuration.LogFormat,
    sink: @escaping @Sendable (String) -> Void = Self.standardError
  ) {
    self.label = label
    self.format = format
    self.sink = sink
    logLevel = level
  }

  /// Writes a line to standard error.
  @Sendable package static func standardError(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    if let own = event.metadata { fields.merge(own) { $1 } }
    let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    switch format {
    case .text:
      let tail = fields.sorted { $0.key < $1.key }
        .map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
      sink("\(time) \(event.level.rawValue) \(Self.oneLine("\(event.message)"))\(tail)\n")
    case .json:
      var line = fields.mapValues { "\($0)" }
      line["time"] = time
      line["level"] = event.level.rawValue
      line["logger"] = label
      line["message"] = "\(event.message)"
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let data = (try? encoder.encode(line)) ?? Data(#"{"message":"unprintable"}"#.utf8)
      sink(String(decoding: data, as: UTF8.self) + "\n")
    }
  }

  /// A value as it stands in a text line; in quotes when it has a space.
  private static func quoted(_ value: String) -> String {
    let line = oneLine(value)
    guard line.isEmpty || line.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else {
      return line
    }
    return "\""
      + line.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\\\"") + "\""
  }

  /// Control characters as spaces: nobody outside can forge a line.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }
}
