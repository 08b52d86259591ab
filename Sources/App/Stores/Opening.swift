import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import Rules
import ServiceLifecycle

/// Opens the ledger: brings its schema up to date, or waits until somebody else has, sees that it
/// knows the shop's time zone, and reads the stores for the first time. While the database is out of
/// reach it tries again, so that the service comes to life by itself.
final class Opening: Service {
  /// The wait before the second attempt; each further one is longer by as much.
  private static let wait: Duration = .milliseconds(200)
  private static let longestWait: Duration = .seconds(5)

  private let pool: Pool
  private let migrates: Bool
  private let directory: StoreDirectory
  private let terms: TermsBook
  private let log: Logger
  private let wasTried = NIOLockedValueBox(false)

  /// Opens the ledger behind `pool` for `directory`, with `migrates` by applying what is missing, to
  /// decide by `terms`.
  init(
    pool: Pool, migrates: Bool, directory: StoreDirectory, terms: TermsBook, log: Logger
  ) {
    self.pool = pool
    self.migrates = migrates
    self.directory = directory
    self.terms = terms
    self.log = log
  }

  /// Opens the ledger, and keeps the directory up to date until the shutdown.
  /// - Throws: what no waiting mends: `MigrationError`, `PostgresError`, `ConfigurationError` for a
  ///   time zone that there is not.
  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await self.open() }
    } catch {
      guard Task.isShuttingDownGracefully || Task.isCancelled else { throw error }
      return
    }
    try await directory.run()
  }

  /// Waits until the ledger was tried to be opened once, at most for `limit`.
  func waitForFirstAttempt(atMost limit: Duration) async {
    let deadline = ContinuousClock.now + limit
    while !wasTried.withLockedValue({ $0 }), ContinuousClock.now < deadline, !Task.isCancelled,
      !Task.isShuttingDownGracefully
    {
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  private func open() async throws {
    defer { wasTried.withLockedValue { $0 = true } }
    var attempt = 0
    while true {
      do {
        if migrates {
          try await Migrator(migrations: LedgerMigrations.all).up(pool)
        } else {
          try await LedgerMigrations.requireUpToDate(pool)
        }
        if let fault = try await ShopTimeZone.fault(of: terms, pool) {
          throw ConfigurationError([fault])
        }
        try await directory.refresh()
        if directory.connections?.isEmpty == true {
          log.warning("no store is connected; have one install Laurel, or set SALEOR_API_URL")
        }
        if attempt > 0 { log.notice("the ledger is open") }
        return
      } catch {
        guard Self.heals(error) else { throw error }
        log.log(
          level: attempt == 0 ? .error : .debug, "the ledger cannot be opened yet",
          metadata: ["error": "\(error)"])
      }
      wasTried.withLockedValue { $0 = true }
      attempt += 1
      try await Task.sleep(for: min(Self.wait * attempt, Self.longestWait))
    }
  }

  /// Whether another attempt can mend it: a database that is down or was lost in the middle of a
  /// commit, which does no harm here, or one that somebody else migrates.
  private static func heals(_ error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.isRetryable || error.code == .outcomeUnknown
    case let error as MigrationError:
      error.isRetryable || error.cause?.code == .outcomeUnknown
    case LedgerError.notUpToDate: true
    default: false
    }
  }
}

/// A service that begins once the ledger was tried to be opened, so that whoever finds it there finds
/// it ready where the database is.
struct AfterOpening: Service {
  /// How long the service waits for a database that does not answer at all.
  private static let patience: Duration = .seconds(3)

  let opening: Opening
  let service: any Service

  func run() async throws {
    await opening.waitForFirstAttempt(atMost: Self.patience)
    try await service.run()
  }
}
