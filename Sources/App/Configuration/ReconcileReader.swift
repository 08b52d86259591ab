import Work

/// Reads how often the ledger is compared with the store.
struct ReconcileReader {
  /// The settings of the environment.
  func settings(_ reader: inout EnvironmentReader) -> ReconcileSettings {
    var settings = ReconcileSettings()
    let hours = reader.number("LAUREL_RECONCILE_HOURS", in: 0...720, standard: 24)
    settings.interval = hours == 0 ? nil : .seconds(hours * 3600)
    return settings
  }
}
