import Postgres

extension Migration {
  /// What is read and changed once for each delivery costs less.
  ///
  /// The queue knows how large the bodies are, so that a batch is measured without reading them. An
  /// inbox whose pages are filled by less than half has room for each row's outcome beside it: its
  /// indexes need not be told. The queue is emptied all the time, and is small when it is cleared
  /// away in time. That each purchase's store exists was asked for each purchase, and a store that
  /// has any is never deleted.
  ///
  /// A batch that is under way is one row of `runs`, whose key is the range of its places.
  static let readInBatches = Migration(
    name: "20261122030100_read_in_batches",
    up: """
      ALTER TABLE buyers DROP CONSTRAINT buyers_store_id_fkey;
      ALTER TABLE inbox SET (fillfactor = 45);
      ALTER TABLE inbox_queue ADD COLUMN bytes integer NOT NULL DEFAULT 0;
      COMMENT ON COLUMN inbox_queue.bytes IS 'how large the body is';
      UPDATE inbox_queue SET bytes = octet_length(body) FROM inbox_bodies
      WHERE inbox_bodies.store_id = inbox_queue.store_id
        AND inbox_bodies.event_id = inbox_queue.event_id;
      ALTER TABLE inbox_queue SET (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
        autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);

      CREATE FUNCTION taken_places(store bigint) RETURNS int8multirange STABLE LANGUAGE sql AS $$
        SELECT coalesce(range_agg(key::int8range), '{}') FROM runs
        WHERE store_id = taken_places.store AND stage = 'link' AND key LIKE '[%'
          AND worker_id IS NOT NULL
      $$;
      COMMENT ON FUNCTION taken_places IS
        'the places of the inbox''s queue that are under way in batches';
      """,
    down: """
      DROP FUNCTION taken_places;
      DELETE FROM runs WHERE stage = 'link' AND key LIKE '[%';
      ALTER TABLE buyers ADD FOREIGN KEY (store_id) REFERENCES stores;
      ALTER TABLE inbox_queue RESET (
        autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
        autovacuum_vacuum_insert_threshold, autovacuum_vacuum_cost_delay);
      ALTER TABLE inbox_queue DROP COLUMN bytes;
      ALTER TABLE inbox SET (fillfactor = 90);
      """)
}
