import Postgres

extension Migration {
  /// How far each store's past orders and its failed deliveries have been read, and who has bought
  /// by account.
  static let createHistoryMarks = Migration(
    name: "20261121230100_create_history_marks",
    up: """
      CREATE TABLE history_marks (
        store_id integer PRIMARY KEY REFERENCES stores,
        cursor text,
        seen bigint NOT NULL DEFAULT 0,
        total bigint,
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        failures integer NOT NULL DEFAULT 0,
        last_error text,
        next_run_at timestamptz NOT NULL DEFAULT now(),
        epoch bigint NOT NULL,
        lease_until timestamptz
      );
      COMMENT ON COLUMN history_marks.cursor IS
        'the store''s cursor behind the last order that was read; null before the first page';
      COMMENT ON COLUMN history_marks.total IS
        'how many orders the store had when the reading began; new ones come while it goes on';

      CREATE TABLE buying_customers (
        store_id integer NOT NULL REFERENCES stores,
        customer_id text NOT NULL,
        order_id text NOT NULL,
        ordered_at timestamptz NOT NULL,
        PRIMARY KEY (store_id, customer_id)
      );
      COMMENT ON TABLE buying_customers IS
        'as buyers, by account: the oldest paid order of each customer';

      CREATE TABLE missed_delivery_marks (
        store_id integer PRIMARY KEY REFERENCES stores,
        last_run_at timestamptz NOT NULL,
        last_error text,
        is_refused boolean NOT NULL DEFAULT false,
        epoch bigint NOT NULL,
        lease_until timestamptz
      );
      COMMENT ON COLUMN missed_delivery_marks.is_refused IS
        'whether the last run ended because the App may not read its deliveries';

      CREATE TABLE missed_delivery_cursors (
        store_id integer NOT NULL REFERENCES stores,
        webhook_id text NOT NULL,
        cursor text NOT NULL,
        PRIMARY KEY (store_id, webhook_id)
      );
      COMMENT ON COLUMN missed_delivery_cursors.cursor IS
        'the store''s cursor; no delivery before it can still fail';
      """,
    down: """
      DROP TABLE missed_delivery_cursors;
      DROP TABLE missed_delivery_marks;
      DROP TABLE buying_customers;
      DROP TABLE history_marks;
      """)
}
