import Domain
import FoundationEssentials
import Logging
import NIOConcurrencyHelpers
import Sandbox
import ServiceLifecycle

/// `laurel demo`: the service, a private PostgreSQL and a sandbox store in one process, and a story
/// that they tell together.
package enum Demo {
  /// The variables that the demo takes from outside; store, programme and keys are its own.
  private static let kept: Set<String> = [
    "HOST", "PORT", "LAUREL_DATA_DIR", "LOG_LEVEL", "LOG_FORMAT",
  ]

  /// The secret of the sandbox store's webhook.
  private static let webhookSecret = "sandbox-webhook-secret"

  /// Runs the story; then stays up until SIGINT or SIGTERM, or ends at once.
  ///
  /// The demo keeps its data in a folder of its own, so a second run goes on from the first, and a
  /// real shop's ledger beside it is not touched.
  /// - Returns: whether every step held.
  /// - Throws: what keeps the demo from starting.
  package static func run(staysUp: Bool) async throws -> Bool {
    var environment = ProcessInfo.processInfo.environment.filter { kept.contains($0.key) }
    let settings = try Configuration(environment: environment)
    let level = environment["LOG_LEVEL"] == nil ? .error : settings.logLevel
    LoggingSystem.bootstrap { label in
      LineLogHandler(label: label, level: level, format: settings.logFormat)
    }
    let log = Logger(label: "laurel")
    let sandboxPort = settings.port == 0 ? 0 : settings.port < 65535 ? settings.port + 1 : 65534
    let sandbox = SandboxStore(domain: "127.0.0.1:\(sandboxPort)")
    let server = SandboxServer(store: sandbox, port: sandboxPort, logger: log)
    environment["LAUREL_DATA_DIR"] = "\(settings.dataDirectory)/demo"
    environment["SALEOR_TOKEN"] = await sandbox.app.token
    environment["SALEOR_WEBHOOK_SECRET"] = webhookSecret
    environment["REFERRAL_REWARD_AMOUNT"] = "10"
    environment["REFERRAL_REWARD_CURRENCY"] = "USD"
    environment["LAUREL_DELIVERY"] = "off"

    return try await withThrowingTaskGroup { group in
      let stores = ServiceGroup(services: [server], logger: log)
      group.addTask { try await stores.run() }
      do {
        environment["SALEOR_API_URL"] = try await server.apiURL(within: .seconds(3))
      } catch {
        // The server's own error says more: most often that the port is taken.
        group.cancelAll()
        do {
          try await group.waitForAll()
        } catch {
          throw ListenFailure.explained(error, host: "127.0.0.1", port: sandboxPort)
        }
        throw error
      }
      let held = try await tell(
        try Configuration(environment: environment), sandbox: sandbox, staysUp: staysUp, log: log)
      await stores.triggerGracefulShutdown()
      return held
    }
  }

  /// Starts the database and the service, and lets the story run beside them.
  private static func tell(
    _ configuration: Configuration, sandbox: SandboxStore, staysUp: Bool, log: Logger
  ) async throws -> Bool {
    let held = NIOLockedValueBox(false)
    Terminal.say("Starting a private PostgreSQL under \(configuration.dataDirectory) ...")
    let signals = StopSignals()
    try await signals.handling {
      try await Database.with(configuration, log: log) { connectionString in
        let laurel = try await Laurel(
          configuration, connectionString: connectionString, roles: Set(Laurel.Role.allCases),
          migrate: true, log: log)
        let story = Story(
          laurel: laurel, configuration: configuration, connectionString: connectionString,
          sandbox: sandbox, webhookSecret: webhookSecret)
        let teller = StoryTeller(story: story, staysUp: staysUp) { result in
          held.withLockedValue { $0 = result }
        }
        signals.servicesRun()
        try await laurel.run(beside: [signals, teller])
      }
    }
    Terminal.say("Stopped.")
    return held.withLockedValue { $0 }
  }
}

/// The story as a service beside the others: when it ends, everything shuts down.
private struct StoryTeller: Service {
  let story: Story
  let staysUp: Bool
  let report: @Sendable (Bool) -> Void

  func run() async throws {
    let story = story
    let held = try await cancelWhenGracefulShutdown { try await story.tell() }
    report(held)
    guard staysUp, held else { return }
    Terminal.say("\nLaurel stays up on \(await story.laurelURL()). Press Ctrl-C to stop.")
    try? await gracefulShutdown()
  }
}
