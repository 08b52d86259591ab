package import Postgres

/// Every migration of the ledger, oldest first. A released one is never changed.
package enum LedgerMigrations {
  /// The declared list that the migrator compares with the applied one.
  package static let all: [Migration] = [
    .createStoresAndInbox, .createReferrals, .createBindings, .addRewardTerms, .createLetters,
    .addCodeAnnouncements, .addApprovalAndLooks, .addConditions, .createPollMarks, .addTakeBack,
    .addLoneDeaths, .createFoundCodes, .createLedgerMarks, .createInstallations, .keepMinimum,
    .keepEveryPurchase, .createStoreKeys, .createHistoryMarks, .eraseCustomers, .createDecisions,
    .keepReplacedKeys, .createClicks, .createCampaigns, .showCampaigns, .letterKinds, .createNotes,
    .countByShopDay, .countWhatCanBeSpent, .compressQuickly, .readInBatches,
  ]

  /// Asks whether the database has exactly the declared migrations.
  /// - Throws: `LedgerError.notUpToDate` with the first that differs; `PostgresError`.
  package static func requireUpToDate(_ pool: Pool) async throws {
    let differing = try await Migrator(migrations: all).status(pool)
      .first { $0.appliedAt == nil || !$0.isDeclared }
    if let differing { throw LedgerError.notUpToDate(differing.name) }
  }
}
