import FoundationEssentials
import Intake
import Ledger
import Postgres
import Signing

/// `laurel keys`: under which keys the tokens of installed stores are sealed.
package enum KeyAdministration {
  /// One store's token.
  private struct Report: Encodable {
    let store: String
    let state: String
    let key: String
    /// Whether the key is the one that seals now.
    let isNewest: Bool
    /// Whether the token opens with the keys at hand.
    let opens: Bool
  }

  /// The keys in use, store by store.
  /// - Throws: `ConfigurationError`, `KeyFile.Failure`, `PostgresError`, `LedgerError`.
  package static func list(isJSON: Bool) async throws -> CommandReport {
    try await run(isJSON) { _, tokens, installations in
      let reports = installations.map { installation in
        Report(
          store: installation.address, state: installation.state.rawValue,
          key: installation.keyID, isNewest: installation.keyID == tokens.keyID,
          opens: (try? tokens.open(installation.token, of: installation.address)) != nil)
      }
      if isJSON { return CommandReport(try CommandReport.json(reports)) }
      var table = TextTable(["STORE", "STATE", "KEY", "NOTE"])
      for report in reports {
        table.add([
          report.store, report.state, report.key,
          !report.opens ? "does not open" : report.isNewest ? "newest" : "older",
        ])
      }
      return CommandReport(table.text)
    }
  }

  /// Seals every token with the newest key. It can be stopped and run again at any time, also
  /// beside a running service: a token that a store registers meanwhile is under the newest key
  /// already.
  /// - Throws: as `list`.
  package static func rotate(isJSON: Bool) async throws -> CommandReport {
    try await run(isJSON) { pool, tokens, installations in
      var actions: [CommandAction] = []
      for installation in installations {
        let address = installation.address
        do {
          let token = try tokens.open(installation.token, of: address)
          guard installation.keyID != tokens.keyID else {
            actions.append(
              CommandAction(id: address, done: true, detail: "is under the newest key already"))
            continue
          }
          let isDone = try await InstallationRepository(pool).reseal(
            store: installation.store, installation.token,
            as: try tokens.seal(token, of: address), keyID: tokens.keyID)
          actions.append(
            CommandAction(
              id: address, done: isDone,
              detail: isDone
                ? "sealed again with the key \(tokens.keyID)"
                : "has given another token meanwhile; run this again"))
        } catch let error as SecretBoxError {
          actions.append(
            CommandAction(id: address, done: false, detail: "cannot be opened: \(error)"))
        }
      }
      return try .actions(actions, asJSON: isJSON)
    }
  }

  private static func run(
    _ isJSON: Bool,
    _ body: (Pool, TokenBox, [InstallationRepository.Installation]) async throws -> CommandReport
  ) async throws -> CommandReport {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    return try await Administration.withPool(configuration) { pool in
      try await LedgerMigrations.requireUpToDate(pool)
      let installations = try await InstallationRepository(pool).all()
      guard !installations.isEmpty else {
        return CommandReport(isJSON ? "[]" : "no store has installed Laurel")
      }
      return try await body(pool, try Laurel.standingTokenBox(configuration), installations)
    }
  }
}
