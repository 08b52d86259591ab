import Domain
import Intake
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Work

/// Runs what belongs to each active store, from when the store comes until it goes. A store whose
/// token has changed is begun anew; one that hangs or fails leaves the others alone.
final class StoreSupervisor: Service {
  /// What runs for one store.
  private struct Running {
    let connection: StoreConnection
    let group: ServiceGroup
    let hasEnded = NIOLockedValueBox(false)

    /// Whether this may go on while `active` are the stores.
    func goesOn(in active: [StoreConnection]) -> Bool {
      !hasEnded.withLockedValue { $0 } && active.contains { $0.isWorkedLike(connection) }
    }
  }

  /// All services of a store as one, so that all of them hear of the shutdown at once.
  private struct Together: Service {
    let services: [any Service]

    func run() async throws {
      try await withThrowingDiscardingTaskGroup { group in
        for service in services { group.addTask { try await service.run() } }
      }
    }
  }

  private let directory: StoreDirectory
  private let wakeups: InboxWakeups
  private let share: WorkShare
  private let log: Logger
  private let services: @Sendable (StoreConnection, Wakeup) -> [any Service]

  /// Runs `services` of each active store of `directory`, which share the process by `share`.
  init(
    directory: StoreDirectory, wakeups: InboxWakeups, share: WorkShare, log: Logger,
    services: @escaping @Sendable (StoreConnection, Wakeup) -> [any Service]
  ) {
    self.directory = directory
    self.wakeups = wakeups
    self.share = share
    self.log = log
    self.services = services
  }

  /// Follows the directory until the shutdown; then what was begun comes to its end.
  func run() async throws {
    await withDiscardingTaskGroup { group in
      var running: [StoreID: Running] = [:]
      for await connections in directory.readings.cancelOnGracefulShutdown() {
        let active = connections.filter(\.isActive)
        share.divide(among: active.count)
        for (id, old) in running where !old.goesOn(in: active) {
          running[id] = nil
          await old.group.triggerGracefulShutdown()
        }
        for connection in active where running[connection.id] == nil {
          let new = begin(connection)
          running[connection.id] = new
          group.addTask { await self.run(new) }
        }
      }
    }
  }

  private func begin(_ connection: StoreConnection) -> Running {
    let together = Together(services: services(connection, wakeups[connection.id]))
    var quiet = log
    quiet.logLevel = max(log.logLevel, .warning)
    return Running(
      connection: connection,
      group: ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [.init(service: together, successTerminationBehavior: .ignore)],
          logger: quiet)))
  }

  private func run(_ running: Running) async {
    log.info("store connected", metadata: ["store": "\(running.connection.address)"])
    do {
      try await running.group.run()
      log.info(
        "the work for a store ended", metadata: ["store": "\(running.connection.address)"])
    } catch {
      // The directory is read again every few seconds, and then the store is begun anew.
      log.error(
        "the work for a store failed",
        metadata: ["store": "\(running.connection.address)", "error": "\(error)"])
    }
    running.hasEnded.withLockedValue { $0 = true }
  }
}
