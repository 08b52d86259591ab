import Postgres

extension Migration {
  /// The public keys with which stores sign, so that every process knows them, and asks the store
  /// no more often than one would.
  static let createStoreKeys = Migration(
    name: "20261121230000_create_store_keys",
    up: """
      CREATE TABLE store_keys (
        store_id integer PRIMARY KEY REFERENCES stores,
        document bytea,
        fetched_at timestamptz,
        replaced_document bytea,
        replaced_at timestamptz,
        tried_at timestamptz NOT NULL,
        last_error text
      );
      COMMENT ON COLUMN store_keys.document IS
        'the key set as the store published it; null before the first successful fetch';
      COMMENT ON COLUMN store_keys.replaced_document IS
        'the key set that document took the place of; it still counts for a while';
      COMMENT ON COLUMN store_keys.tried_at IS
        'when the last fetch began, whatever came of it';
      """,
    down: "DROP TABLE store_keys;")
}
