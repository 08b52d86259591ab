import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Logging
import Postgres
import SaleorAPI

/// `laurel doctor`: looks at everything that Laurel needs, at the same time, and explains each in a
/// sentence. It changes nothing, sends no letter and shows no secret.
package struct Doctor: Sendable {
  /// How long a check may take.
  private static let patience = Duration.seconds(5)

  /// What the environment sets.
  let configuration: Configuration
  /// Where the store reaches Laurel, without a slash at its end; `nil` while it is not set.
  let publicAddress: String?
  /// The ledger; `nil` when `ledgerFault` says why it cannot be opened.
  let pool: Pool?
  /// Why the ledger cannot be opened.
  let ledgerFault: Finding?
  /// The store; `nil` while none is connected, or when `storeFault` says why it cannot be told.
  let store: CalledStore?
  /// Why it cannot be told which store to look at.
  let storeFault: Finding?
  let transport: HTTPTransport
  let mail: MailTransport

  /// Looks at everything on the environment's configuration.
  /// - Parameter publicAddress: where the store reaches Laurel, as LAUREL_PUBLIC_URL says.
  /// - Throws: `ConfigurationError`, `UsageError`, and what libcurl or the output throws.
  package static func run(
    _ options: Administration.Options, publicAddress: String?
  ) async throws -> CommandReport {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    if let name = options.store {
      _ = try CalledStore.read(name)
    }
    let transport = try HTTPTransport()
    let mail: MailTransport
    do {
      mail = try MailTransport(maximumConnections: 1)
    } catch {
      await transport.shutdown()
      throw error
    }
    let results = await withLedger(configuration) { pool, fault in
      let (store, storeFault) = await store(configuration, named: options.store, pool)
      return await Doctor(
        configuration: configuration, publicAddress: publicAddress.flatMap(address), pool: pool,
        ledgerFault: fault, store: store, storeFault: storeFault, transport: transport, mail: mail
      ).checks.results(within: patience)
    }
    await mail.shutdown()
    await transport.shutdown()
    let report = DoctorReport(results)
    return CommandReport(
      options.isJSON ? try CommandReport.json(report) : report.text, failures: report.failures)
  }

  /// Everything that is looked at, in the order of the report.
  var checks: [Check] { ledgerChecks + localChecks + storeChecks + campaignChecks }

  /// The client of the store; `nil` while there is none.
  var client: StoreClient? { store?.client(transport, totalTimeout: Self.patience) }

  /// The store to look at, or why it cannot be told.
  private static func store(
    _ configuration: Configuration, named name: String?, _ pool: Pool?
  ) async -> (CalledStore?, Finding?) {
    do {
      return (try await CalledStore.find(configuration, named: name, pool), nil)
    } catch let error as UsageError {
      return (nil, .wrong(error.description, "give --store the address of a connected store"))
    } catch {
      return (
        nil,
        .wrong(
          "the stores that installed Laurel cannot be read: \(error)", Check.advice(for: error))
      )
    }
  }

  /// The text without space around it and without slashes at its end; `nil` when nothing is left.
  private static func address(_ text: String) -> String? {
    var address = text.trimmingSpace()
    while address.hasSuffix("/") { address.removeLast() }
    return address.isEmpty ? nil : address
  }

  /// Runs `body` with the ledger, or with the reason why there is none.
  private static func withLedger(
    _ configuration: Configuration, _ body: (Pool?, Finding?) async -> [Check.Result]
  ) async -> [Check.Result] {
    let folder = configuration.dataDirectory
    // Whoever looks must not make the database that he looks for.
    if configuration.databaseURL == nil
      && !FileManager.default.fileExists(atPath: "\(folder)/postgres")
    {
      return await body(
        nil,
        .warning(
          "there is no private database in \(folder) yet",
          "laurel serve makes it; to use a PostgreSQL of your own, set DATABASE_URL"))
    }
    let log = Logger(label: "laurel") { label in
      LineLogHandler(label: label, level: .error, format: configuration.logFormat)
    }
    do {
      return try await Database.sharing(configuration, log: log) { connectionString in
        let pool = try Pool(
          PostgresConfiguration(
            connectionString: connectionString, statementTimeout: .seconds(4),
            replyGrace: .milliseconds(500), connectTimeout: .seconds(3),
            applicationName: "laurel doctor", poolSize: 4))
        let results = await body(pool, nil)
        await pool.close()
        return results
      }
    } catch {
      return await body(
        nil, .wrong("the database cannot be opened: \(error)", "repair what the message names"))
    }
  }
}
