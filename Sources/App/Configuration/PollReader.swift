import Work

/// Reads how often Laurel asks the store for orders of which no delivery told.
struct PollReader {
  /// The settings of the environment.
  func settings(_ reader: inout EnvironmentReader) -> PollSettings {
    var settings = PollSettings()
    let seconds = reader.number("LAUREL_POLL_SECONDS", in: 0...86_400, standard: 300)
    settings.interval = seconds == 0 ? nil : .seconds(seconds)
    let hours = reader.number("LAUREL_POLL_LOOKBACK_HOURS", in: 0...720, standard: 24)
    settings.lookback = .seconds(hours * 3600)
    return settings
  }
}
