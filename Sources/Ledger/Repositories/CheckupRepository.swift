package import Domain
package import Postgres

/// What `laurel doctor` asks of the ledger.
package struct CheckupRepository: Sendable {
  /// The letters of the newest rewards.
  package struct Letters: Sendable, Equatable {
    /// How many went out.
    package let sent: Int
    /// How many failed for good, because of the shop: not of the recipient, and not because there was
    /// nothing to send any more, or nobody to send it to.
    package let failed: Int
    /// Why the newest of the failed ones did.
    package let latestError: String?
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// The server's version, such as "15.14".
  /// - Throws: `PostgresError`.
  package func serverVersion() async throws -> String {
    let version = try await session.first("SELECT current_setting('server_version') AS version") {
      row in try row.decode("version", as: String.self)
    }
    // Debian adds its own after a space.
    return version?.split(separator: " ").first.map(String.init) ?? ""
  }

  /// How many rewards still need each key, by the key's id: to be made, made again after a
  /// repair, taken back, or written into a letter.
  /// - Throws: `PostgresError`.
  package func rewardsInNeed(store: StoreID) async throws -> [String: Int] {
    let counts = try await session.rows(
      """
      SELECT code_key_id, count(DISTINCT id) AS count FROM (
        SELECT id, code_key_id FROM rewards
        WHERE store_id = \(store.value) AND status IN ('pending', 'dead', 'revoking')
        UNION ALL
        SELECT rewards.id, code_key_id FROM letters
        JOIN rewards ON rewards.store_id = letters.store_id AND rewards.id = letters.reward_id
        WHERE letters.store_id = \(store.value) AND letters.status = 'waiting'
      ) AS open
      GROUP BY code_key_id
      """
    ) { row in
      (try row.decode("code_key_id", as: String.self), try row.decode("count", as: Int.self))
    }
    return Dictionary(counts) { first, _ in first }
  }

  /// What became of the letters with the codes of the newest 200 rewards.
  /// - Throws: `PostgresError`.
  package func letters(store: StoreID) async throws -> Letters {
    let found = try await session.first(
      """
      WITH newest AS MATERIALIZED (
        SELECT id, created_at, status AS reward_status FROM rewards
        WHERE store_id = \(store.value)
        ORDER BY created_at DESC LIMIT 200
      ), told AS (
        SELECT newest.created_at, status = 'sent' AS is_sent, last_error,
          status = 'failed' AND reward_status = 'issued'
            AND last_error <> ALL (\(LetterRepository.lossesOfAddress)) AS is_failed
        FROM newest
        JOIN letters ON letters.store_id = \(store.value) AND letters.reward_id = newest.id
          AND letters.kind = 'reward'
      )
      SELECT count(*) FILTER (WHERE is_sent) AS sent, count(*) FILTER (WHERE is_failed) AS failed,
        (array_agg(last_error ORDER BY created_at DESC) FILTER (WHERE is_failed))[1]
          AS latest_error
      FROM told
      """
    ) { row in
      Letters(
        sent: try row.decode("sent", as: Int.self), failed: try row.decode("failed", as: Int.self),
        latestError: try row.decode("latest_error", as: String?.self))
    }
    return found ?? Letters(sent: 0, failed: 0, latestError: nil)
  }
}
