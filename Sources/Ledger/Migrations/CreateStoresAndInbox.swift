import Postgres

extension Migration {
  /// The stores, and everything that they delivered.
  ///
  /// `inbox` remembers each delivery's key for ever: a delivery of last year is still a duplicate.
  /// It is narrow and written once; the bodies stand apart and can be dropped by age, and what
  /// waits for a decision is a small table of its own, so that no index on the big tables moves
  /// with the state of the work.
  static let createStoresAndInbox = Migration(
    name: "20261121090000_create_stores_and_inbox",
    up: """
      CREATE TABLE stores (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        address text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON COLUMN stores.address IS
        'canonical address at the first connection; part of every derived code, never changed';

      CREATE TABLE inbox (
        store_id integer NOT NULL,
        event_id bytea NOT NULL CHECK (octet_length(event_id) = 32),
        event text NOT NULL,
        order_id text,
        received_at timestamptz NOT NULL DEFAULT now(),
        outcome text CHECK (
          outcome IN ('ignored', 'no_code', 'invalid_code', 'linked', 'bound', 'malformed')),
        PRIMARY KEY (store_id, event_id)
      ) WITH (fillfactor = 90);
      COMMENT ON COLUMN inbox.event_id IS 'SHA-256 of the raw body';
      COMMENT ON COLUMN inbox.outcome IS 'what became of it; null while it waits';

      CREATE TABLE inbox_bodies (
        store_id integer NOT NULL,
        event_id bytea NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        body bytea NOT NULL,
        PRIMARY KEY (store_id, event_id)
      );

      CREATE TABLE inbox_queue (
        store_id integer NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        event_id bytea NOT NULL,
        event text NOT NULL,
        PRIMARY KEY (store_id, id)
      );
      """,
    down: """
      DROP TABLE inbox_queue;
      DROP TABLE inbox_bodies;
      DROP TABLE inbox;
      DROP TABLE stores;
      """)
}
