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

      ALTER TABLE buyers
        ADD COLUMN customer_id text,
        ALTER COLUMN mailbox DROP NOT NULL,
        ADD CONSTRAINT buyers_somebody_check
          CHECK (mailbox IS NOT NULL OR customer_id IS NOT NULL);
      CREATE INDEX buyers_customer ON buyers (store_id, customer_id, ordered_at)
        WHERE customer_id IS NOT NULL;
      COMMENT ON TABLE buyers IS
        'the paid orders that deliveries and past orders told of, by the buyer''s mailbox and account';

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
      DELETE FROM buyers WHERE mailbox IS NULL;
      DROP INDEX buyers_customer;
      ALTER TABLE buyers
        DROP CONSTRAINT buyers_somebody_check,
        DROP COLUMN customer_id,
        ALTER COLUMN mailbox SET NOT NULL;
      DROP TABLE history_marks;
      """)
}
