import Work

/// Reads whether the past orders of a store are read after its first connection.
struct HistoryReader {
  private enum Choice: String, CaseIterable, Sendable {
    case read, off
  }

  /// The settings of the environment.
  func settings(_ reader: inout EnvironmentReader) -> HistorySettings {
    var settings = HistorySettings()
    settings.isRead = reader.choice("LAUREL_HISTORY", standard: Choice.read) == .read
    return settings
  }
}
