package import Domain
package import Postgres

/// Everything that the stores delivered, and what still waits to be looked at.
package struct InboxRepository: Sendable {
  /// One verified delivery on its way into the inbox.
  package struct Arrival: Sendable {
    /// The store that signed it.
    package let store: StoreID
    /// SHA-256 of the raw body: 32 bytes.
    package let eventID: [UInt8]
    /// The event's type.
    package let event: String
    /// The order that it is about.
    package let orderID: String?
    /// Whether something follows from it; otherwise only its key is kept.
    package let isUsed: Bool
    /// The raw body.
    package let body: [UInt8]

    /// Puts an arrival together.
    package init(
      store: StoreID, eventID: [UInt8], event: String, orderID: String?, isUsed: Bool,
      body: [UInt8]
    ) {
      self.store = store
      self.eventID = eventID
      self.event = event
      self.orderID = orderID
      self.isUsed = isUsed
      self.body = body
    }
  }

  /// A delivery's place in the queue.
  package struct Place: Sendable {
    /// Its number.
    package let id: Int
    /// Its delivery's key.
    package let eventID: [UInt8]
    /// Whether a process died while the delivery was under way there.
    package let isSuspect: Bool
  }

  /// One delivery taken from the queue.
  package struct Waiting: Sendable {
    /// Its key.
    package let eventID: [UInt8]
    /// Its event's type.
    package let event: String
    /// Its raw body; empty when it is gone.
    package let body: [UInt8]
  }

  /// What became of a delivery.
  package enum Outcome: String, Sendable, CaseIterable {
    /// Nothing follows from it.
    case ignored
    /// The order or the newcomer names no code, and the buyer is bound to none.
    case noCode = "no_code"
    /// What the order or the newcomer names cannot be a code.
    case invalidCode = "invalid_code"
    /// A referral follows the order.
    case linked
    /// A newcomer is bound to a code.
    case bound
    /// It named a card or voucher of ours, which is looked at.
    case looked
    /// The body cannot be read; intake let it through, this version cannot.
    case malformed
    /// It, or the order that it is about, ended every process that tried it.
    case quarantined
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes arrivals with one statement and tells which were new, by position.
  ///
  /// Rows go in by the order of their keys, so that two writers with the same deliveries wait for
  /// each other instead of deadlocking. Of two equal arrivals in one call the first is new.
  /// - Throws: `PostgresError`; then none of them is written.
  package func insert(_ arrivals: [Arrival]) async throws -> [Bool] {
    let order = arrivals.indices.sorted { left, right in
      let (a, b) = (arrivals[left], arrivals[right])
      if a.store != b.store { return a.store.value < b.store.value }
      if a.eventID != b.eventID { return a.eventID.lexicographicallyPrecedes(b.eventID) }
      return left < right
    }
    var distinct: [Int] = []
    for index in order {
      if let last = distinct.last, arrivals[last].store == arrivals[index].store,
        arrivals[last].eventID == arrivals[index].eventID
      {
        continue
      }
      distinct.append(index)
    }
    let stores = distinct.map { Int32(clamping: arrivals[$0].store.value) }
    let eventIDs = distinct.map { arrivals[$0].eventID }
    let events = distinct.map { arrivals[$0].event }
    let orderIDs = distinct.map { arrivals[$0].orderID }
    let used = distinct.map { arrivals[$0].isUsed }
    let bodies = distinct.map { arrivals[$0].isUsed ? arrivals[$0].body : [] }
    let written = try await session.rows(
      """
      WITH arrival AS (
        SELECT * FROM unnest(
          \(stores), \(eventIDs), \(events), \(orderIDs), \(used), \(bodies)
        ) AS arrival (store_id, event_id, event, order_id, is_used, body)
      ), fresh AS (
        INSERT INTO inbox (store_id, event_id, event, order_id, outcome)
        SELECT store_id, event_id, event, order_id, CASE WHEN NOT is_used THEN 'ignored' END
        FROM arrival
        ON CONFLICT DO NOTHING
        RETURNING store_id, event_id
      ), body AS (
        INSERT INTO inbox_bodies (store_id, event_id, body)
        SELECT store_id, event_id, body FROM arrival JOIN fresh USING (store_id, event_id)
        WHERE is_used
      ), queue AS (
        INSERT INTO inbox_queue (store_id, event_id, event, bytes)
        SELECT store_id, event_id, event, octet_length(body)
        FROM arrival JOIN fresh USING (store_id, event_id)
        WHERE is_used
      )
      SELECT store_id, event_id FROM fresh
      """
    ) { row in
      Key(
        store: StoreID(try row.decode("store_id", as: Int.self)),
        eventID: try row.decode("event_id", as: [UInt8].self))
    }
    let keys = Set(written)
    var isNew = [Bool](repeating: false, count: arrivals.count)
    for index in distinct {
      isNew[index] = keys.contains(
        Key(store: arrivals[index].store, eventID: arrivals[index].eventID))
    }
    return isNew
  }

  /// The first places of the queue, from `start` on, with which nobody is busy: up to `limit`, and no
  /// more than have bodies of `bytes` together, but one at least.
  /// - Throws: `PostgresError`.
  package func queue(
    store: StoreID, from start: Int = 0, limit: Int, bytes: Int
  ) async throws -> [Place] {
    try await session.rows(
      """
      WITH taken AS MATERIALIZED (
        SELECT taken_keys(\(store.value), 'link') AS keys, taken_places(\(store.value)) AS places,
          ARRAY(
            SELECT key FROM runs
            WHERE store_id = \(store.value) AND stage = 'link' AND is_suspect) AS suspects
      ), oldest AS MATERIALIZED (
        SELECT id, event_id, bytes FROM inbox_queue
        WHERE store_id = \(store.value) AND id >= \(start)
          AND encode(event_id, 'hex') <> ALL ((SELECT keys FROM taken)::text[])
          AND NOT id <@ (SELECT places FROM taken)
        ORDER BY id LIMIT \(limit)
      ), sized AS MATERIALIZED (
        SELECT id, event_id, row_number() OVER (ORDER BY id) AS position,
          sum(bytes) OVER (ORDER BY id) AS total
        FROM oldest
      )
      SELECT id, event_id,
        encode(event_id, 'hex') = ANY ((SELECT suspects FROM taken)::text[]) AS is_suspect
      FROM sized WHERE position = 1 OR total <= \(bytes)
      ORDER BY id
      """
    ) { row in
      Place(
        id: try row.decode("id", as: Int.self),
        eventID: try row.decode("event_id", as: [UInt8].self),
        isSuspect: try row.decode("is_suspect", as: Bool.self))
    }
  }

  /// The newest place of the queue; `nil` when it is empty.
  /// - Throws: `PostgresError`.
  package func newestPlace(store: StoreID) async throws -> Int? {
    try await session.first(
      "SELECT max(id) AS id FROM inbox_queue WHERE store_id = \(store.value)"
    ) { row in try row.decode("id", as: Int?.self) } ?? nil
  }

  /// Takes the deliveries in these places from the queue. They are gone when the surrounding
  /// transaction commits and back in their place when it does not; other workers pass over them.
  /// - Throws: `PostgresError`.
  package func take(store: StoreID, places: [Int]) async throws -> [Waiting] {
    try await session.rows(
      """
      WITH oldest AS MATERIALIZED (
        SELECT id FROM inbox_queue WHERE store_id = \(store.value) AND id = ANY (\(places))
        ORDER BY id FOR UPDATE SKIP LOCKED
      ), taken AS (
        DELETE FROM inbox_queue USING oldest
        WHERE inbox_queue.store_id = \(store.value) AND inbox_queue.id = oldest.id
        RETURNING store_id, inbox_queue.event_id, inbox_queue.event
      )
      SELECT event_id, event, body FROM taken LEFT JOIN inbox_bodies USING (store_id, event_id)
      """
    ) { row in
      Waiting(
        eventID: try row.decode("event_id", as: [UInt8].self),
        event: try row.decode("event", as: String.self),
        body: try row.decode("body", as: [UInt8]?.self) ?? [])
    }
  }

  /// Writes down what became of deliveries.
  /// - Throws: `PostgresError`.
  package func settle(
    store: StoreID, _ outcomes: [(eventID: [UInt8], outcome: Outcome)]
  ) async throws {
    try await session.execute(
      """
      UPDATE inbox SET outcome = settled.outcome
      FROM unnest(
        \(outcomes.map(\.eventID)), \(outcomes.map(\.outcome.rawValue))
      ) AS settled (event_id, outcome)
      WHERE inbox.store_id = \(store.value) AND inbox.event_id = settled.event_id
      """)
  }
}

private struct Key: Hashable, Sendable {
  let store: StoreID
  let eventID: [UInt8]
}
