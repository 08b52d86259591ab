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
    switch format {
    case .text:
      var line = LogLine()
      line.add(Date.now)
      line.add(" \(event.level.rawValue) ")
      line.addMessage("\(event.message)")
      for (key, value) in fields(of: event).sorted(by: { $0.key < $1.key }) {
        line.add(" ")
        line.add(key)
        line.add("=")
        if case .string(let text) = value {
          line.addValue(text)
        } else {
          line.addValue("\(value)")
        }
      }
      line.add("\n")
      sink(String(decoding: line.bytes, as: UTF8.self))
    case .json:
      var line = fields(of: event).mapValues { "\($0)" }
      line["time"] = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
      line["level"] = event.level.rawValue
      line["logger"] = label
      line["message"] = "\(event.message)"
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let data = (try? encoder.encode(line)) ?? Data(#"{"message":"unprintable"}"#.utf8)
      sink(String(decoding: data, as: UTF8.self) + "\n")
    }
  }

  /// What stands beside the message; what the event says itself counts.
  private func fields(of event: LogEvent) -> Logger.Metadata {
    guard var fields = event.metadata else { return metadata.merging(provided) { $1 } }
    fields.merge(provided) { own, _ in own }
    fields.merge(metadata) { own, _ in own }
    return fields
  }

  private var provided: Logger.Metadata { metadataProvider?.get() ?? [:] }
}
