import FoundationEssentials
import Logging
import UnixSignals

/// `laurel serve`: the service on the environment's configuration.
package enum Serve {
  /// Runs until SIGTERM or SIGINT; SIGHUP has the rules read again.
  /// - Throws: `ConfigurationError`, `PrivateClusterError`, `PostgresError`, or what ended the
  ///   service.
  package static func run(roles: Set<Laurel.Role>, migrate: Bool) async throws {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    LoggingSystem.bootstrap { label in
      LineLogHandler(
        label: label, level: configuration.logLevel, format: configuration.logFormat)
    }
    let log = Logger(label: "laurel")
    for notice in configuration.notices { log.warning("\(notice)") }
    // From here on, so that none is lost while the service starts.
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    let signals = StopSignals()
    try await signals.handling {
      try await Database.with(configuration, log: log) { connectionString in
        let laurel = try await Laurel(
          configuration, connectionString: connectionString, roles: roles, migrate: migrate,
          log: log)
        signals.servicesRun()
        try await laurel.run(
          beside: [signals, laurel.reloading(at: hangups.map { _ in () })])
      }
    }
    log.info("stopped")
  }
}
