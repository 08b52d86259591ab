package import Domain
import FoundationEssentials
import Postgres

/// Batches of deliveries, which are under way as one run each.
extension RunRepository {
  /// The key of a batch: the range of its places in the queue.
  package static func batchKey(_ places: ClosedRange<Int>) -> String {
    "[\(places.lowerBound),\(places.upperBound)]"
  }

  /// Puts a run of its own for each delivery that is still in its place in the stead of each batch
  /// that was under way in a process that is gone, so that the one with which it died is found.
  /// What has a run already keeps it.
  func breakUp(store: StoreID, worker: UUID) async throws {
    try await session.execute(
      """
      WITH batches AS (
        DELETE FROM runs
        WHERE store_id = \(store.value) AND stage = 'link' AND key LIKE '[%'
          AND worker_id <> \(worker) AND NOT EXISTS (
            SELECT FROM workers
            WHERE workers.store_id = runs.store_id AND workers.id = runs.worker_id)
        RETURNING key, worker_id
      )
      INSERT INTO runs (store_id, stage, key, worker_id)
      SELECT inbox_queue.store_id, 'link', encode(event_id, 'hex'), worker_id
      FROM batches JOIN inbox_queue ON inbox_queue.store_id = \(store.value)
        AND id BETWEEN lower(key::int8range) AND upper(key::int8range) - 1
      ORDER BY 3
      ON CONFLICT DO NOTHING
      """)
  }

  /// Forgets the deliveries that were suspect and are in the queue no more: the process that was
  /// taken for dead has linked their batch after all. It may read the whole queue, and is therefore no
  /// part of saying that a process lives.
  /// - Throws: `PostgresError`.
  package func forgetLinked(store: StoreID) async throws {
    try await session.execute(
      """
      DELETE FROM runs
      WHERE store_id = \(store.value) AND stage = 'link' AND worker_id IS NULL
        AND quarantined_at IS NULL AND NOT EXISTS (
          SELECT FROM inbox_queue
          WHERE inbox_queue.store_id = runs.store_id AND encode(event_id, 'hex') = key)
      """)
  }
}
