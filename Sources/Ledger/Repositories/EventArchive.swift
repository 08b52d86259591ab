package import Domain
package import FoundationEssentials
package import Postgres

/// What the stores delivered, as a human looks at it, and the way back into the work.
package struct EventArchive: Sendable {
  /// One delivery.
  package struct Event: Sendable, Equatable {
    /// Its key: SHA-256 of the raw body.
    package let id: [UInt8]
    /// The event's type.
    package let event: String
    /// The order that it is about.
    package let orderID: String?
    /// When it came.
    package let receivedAt: Date
    /// What became of it; `nil` while it waits.
    package let outcome: String?
    /// Whether its body is still there, so that it can be replayed.
    package let hasBody: Bool
    /// Whether it waits in the queue.
    package let isQueued: Bool
  }

  /// What a list is narrowed down to; `nil` for anything.
  package struct Filter: Sendable {
    /// What became of the delivery, or `waiting`.
    package var outcome: String?
    /// The event's type.
    package var event: String?
    /// The order's id.
    package var orderID: String?
    /// How many days back it may have come.
    package var days: Int?

    /// A filter by these.
    package init(
      outcome: String? = nil, event: String? = nil, orderID: String? = nil, days: Int? = nil
    ) {
      self.outcome = outcome
      self.event = event
      self.orderID = orderID
      self.days = days
    }
  }

  /// What came of a wish to replay.
  package enum Replay: Sendable, Equatable {
    /// It waits in the queue now.
    case queued
    /// It waits already.
    case waiting
    /// Its body is gone, or was never kept because nothing followed from the event.
    case withoutBody
  }

  /// What stands for the outcome of a delivery that is in the queue.
  package static let waiting = "waiting"
  /// How many a list shows at most.
  package static let maximumLimit = 10_000

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// The newest deliveries that match, newest first.
  ///
  /// By order, by time and for what waits there is an index. A rare outcome or event is looked for
  /// from the newest delivery on, 0.6 s for each million: an index would have to move with every
  /// delivery when it is settled, which costs more, all the time.
  /// - Throws: `PostgresError`.
  package func list(store: StoreID, _ filter: Filter, limit: Int) async throws -> [Event] {
    if filter.outcome == Self.waiting {
      return try await waiting(store: store, filter, limit: limit)
    }
    return try await session.rows(
      """
      SELECT event_id, event, order_id, received_at, outcome,
        EXISTS (SELECT FROM inbox_bodies WHERE inbox_bodies.store_id = inbox.store_id
          AND inbox_bodies.event_id = inbox.event_id) AS has_body,
        outcome IS NULL AS is_queued
      FROM inbox
      WHERE store_id = \(store.value)
        AND (\(filter.outcome)::text IS NULL OR outcome = \(filter.outcome))
        AND (\(filter.event)::text IS NULL OR event = \(filter.event))
        AND (\(filter.orderID)::text IS NULL OR order_id = \(filter.orderID))
        AND (\(filter.days)::integer IS NULL
          OR received_at >= now() - \(filter.days) * interval '1 day')
      ORDER BY received_at DESC LIMIT \(min(limit, Self.maximumLimit))
      """, Self.event)
  }

  /// As `list`, of what is in the queue.
  private func waiting(
    store: StoreID, _ filter: Filter, limit: Int
  ) async throws -> [Event] {
    try await session.rows(
      """
      SELECT event_id, inbox.event, order_id, received_at, outcome,
        EXISTS (SELECT FROM inbox_bodies WHERE inbox_bodies.store_id = inbox.store_id
          AND inbox_bodies.event_id = inbox.event_id) AS has_body,
        true AS is_queued
      FROM inbox_queue JOIN inbox USING (store_id, event_id)
      WHERE store_id = \(store.value)
        AND (\(filter.event)::text IS NULL OR inbox.event = \(filter.event))
        AND (\(filter.orderID)::text IS NULL OR order_id = \(filter.orderID))
        AND (\(filter.days)::integer IS NULL
          OR received_at >= now() - \(filter.days) * interval '1 day')
      ORDER BY received_at DESC LIMIT \(min(limit, Self.maximumLimit))
      """, Self.event)
  }

  /// The deliveries whose key lies between two keys, both included; two at most, which is enough to
  /// see that a prefix is ambiguous.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, from first: [UInt8], to last: [UInt8]) async throws -> [Event] {
    try await session.rows(
      """
      SELECT event_id, event, order_id, received_at, outcome,
        EXISTS (SELECT FROM inbox_bodies WHERE inbox_bodies.store_id = inbox.store_id
          AND inbox_bodies.event_id = inbox.event_id) AS has_body,
        EXISTS (SELECT FROM inbox_queue WHERE inbox_queue.store_id = inbox.store_id
          AND inbox_queue.event_id = inbox.event_id) AS is_queued
      FROM inbox
      WHERE store_id = \(store.value) AND event_id BETWEEN \(first) AND \(last)
      ORDER BY event_id LIMIT 2
      """, Self.event)
  }

  /// Puts a delivery into the queue again. Call it within a transaction: of two replays at once one
  /// waits for the other and then finds the delivery queued.
  /// - Throws: `PostgresError`.
  package func replay(store: StoreID, _ id: [UInt8]) async throws -> Replay {
    try await session.execute(
      """
      SELECT FROM inbox WHERE store_id = \(store.value) AND event_id = \(id) FOR UPDATE
      """)
    let standing = try await session.first(
      """
      SELECT EXISTS (SELECT FROM inbox_bodies
          WHERE store_id = \(store.value) AND event_id = \(id)) AS has_body,
        EXISTS (SELECT FROM inbox_queue
          WHERE store_id = \(store.value) AND event_id = \(id)) AS is_queued
      """
    ) { row in
      (
        hasBody: try row.decode("has_body", as: Bool.self),
        isQueued: try row.decode("is_queued", as: Bool.self)
      )
    }
    guard let standing, standing.hasBody else { return .withoutBody }
    guard !standing.isQueued else { return .waiting }
    try await Quarantine(session).release(store: store, delivery: id)
    try await session.execute(
      """
      WITH replayed AS (
        UPDATE inbox SET outcome = NULL WHERE store_id = \(store.value) AND event_id = \(id)
        RETURNING store_id, event_id, event
      )
      INSERT INTO inbox_queue (store_id, event_id, event, bytes)
      SELECT store_id, event_id, event, coalesce(octet_length(body), 0)
      FROM replayed LEFT JOIN inbox_bodies USING (store_id, event_id)
      """)
    return .queued
  }

  /// Puts every delivery of one outcome into the queue again; gives how many, and how many could
  /// not be because their body is gone. Call it within a transaction.
  /// - Throws: `PostgresError`.
  package func replayAll(
    store: StoreID, outcome: InboxRepository.Outcome
  ) async throws -> (queued: Int, withoutBody: Int) {
    if outcome == .quarantined { try await Quarantine(session).releaseDeliveries(store: store) }
    let queued = try await session.execute(
      """
      WITH replayed AS (
        UPDATE inbox SET outcome = NULL
        WHERE store_id = \(store.value) AND outcome = \(outcome.rawValue)
          AND EXISTS (SELECT FROM inbox_bodies WHERE inbox_bodies.store_id = inbox.store_id
            AND inbox_bodies.event_id = inbox.event_id)
        RETURNING store_id, event_id, event
      )
      INSERT INTO inbox_queue (store_id, event_id, event, bytes)
      SELECT store_id, event_id, event, coalesce(octet_length(body), 0)
      FROM replayed LEFT JOIN inbox_bodies USING (store_id, event_id)
      """)
    let withoutBody = try await session.first(
      """
      SELECT count(*) AS count FROM inbox
      WHERE store_id = \(store.value) AND outcome = \(outcome.rawValue)
        AND NOT EXISTS (SELECT FROM inbox_bodies WHERE inbox_bodies.store_id = inbox.store_id
          AND inbox_bodies.event_id = inbox.event_id)
      """
    ) { row in try row.decode("count", as: Int.self) }
    return (queued, withoutBody ?? 0)
  }

  @Sendable private static func event(_ row: borrowing Row) throws -> Event {
    Event(
      id: try row.decode("event_id", as: [UInt8].self),
      event: try row.decode("event", as: String.self),
      orderID: try row.decode("order_id", as: String?.self),
      receivedAt: try row.decode("received_at", as: Date.self),
      outcome: try row.decode("outcome", as: String?.self),
      hasBody: try row.decode("has_body", as: Bool.self),
      isQueued: try row.decode("is_queued", as: Bool.self))
  }
}
