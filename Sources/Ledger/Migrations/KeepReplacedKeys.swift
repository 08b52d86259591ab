import Postgres

extension Migration {
  /// Every key set that a store has lately replaced, and not the last one only: a store may change
  /// its key twice while deliveries under the first one are still repeated.
  static let keepReplacedKeys = Migration(
    name: "20261122000050_keep_replaced_keys",
    up: """
      CREATE TABLE replaced_store_keys (
        store_id integer NOT NULL REFERENCES stores,
        replaced_at timestamptz NOT NULL,
        document bytea NOT NULL,
        PRIMARY KEY (store_id, replaced_at)
      );
      COMMENT ON TABLE replaced_store_keys IS
        'key sets that another took the place of; they still count for a while';
      INSERT INTO replaced_store_keys (store_id, replaced_at, document)
        SELECT store_id, replaced_at, replaced_document FROM store_keys
        WHERE replaced_document IS NOT NULL;
      ALTER TABLE store_keys DROP COLUMN replaced_document, DROP COLUMN replaced_at;
      """,
    down: """
      ALTER TABLE store_keys
        ADD COLUMN replaced_document bytea, ADD COLUMN replaced_at timestamptz;
      COMMENT ON COLUMN store_keys.replaced_document IS
        'the key set that document took the place of; it still counts for a while';
      UPDATE store_keys
        SET replaced_document = newest.document, replaced_at = newest.replaced_at
        FROM (
          SELECT DISTINCT ON (store_id) * FROM replaced_store_keys
          ORDER BY store_id, replaced_at DESC
        ) AS newest
        WHERE newest.store_id = store_keys.store_id;
      DROP TABLE replaced_store_keys;
      """)
}
