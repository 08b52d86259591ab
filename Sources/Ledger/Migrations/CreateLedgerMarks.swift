import Postgres

extension Migration {
  /// Whose the App is at each store, and whether the ledger was put back to an older state.
  ///
  /// An epoch proves that a claim holds. A ledger that was put back would hand the same epochs out
  /// again, for other work: so those of a later generation lie above all earlier ones, also those of
  /// new rows.
  static let createLedgerMarks = Migration(
    name: "20261121210000_create_ledger_marks",
    up: """
      CREATE TABLE ledger_marks (
        store_id integer PRIMARY KEY REFERENCES stores,
        installation_id uuid NOT NULL,
        code_key_id text NOT NULL,
        generation integer NOT NULL DEFAULT 1 CHECK (generation > 0),
        position bigint NOT NULL DEFAULT 0,
        raised_at timestamptz NOT NULL DEFAULT now(),
        marked_at timestamptz,
        restoring_since timestamptz,
        restored_at timestamptz,
        takes_over boolean NOT NULL DEFAULT false,
        is_superseded boolean NOT NULL DEFAULT false,
        stopped_reason text
      );
      COMMENT ON COLUMN ledger_marks.position IS
        'raised and committed before it is written at the store';
      COMMENT ON COLUMN ledger_marks.raised_at IS 'when the position was raised last';
      COMMENT ON COLUMN ledger_marks.marked_at IS
        'since when the store has marks of this ledger; null before';
      COMMENT ON COLUMN ledger_marks.restoring_since IS
        'since when the ledger is known to have been put back; null once that is made good';
      COMMENT ON COLUMN ledger_marks.restored_at IS
        'by the store''s clock: of orders up to then a life that is lost may have told the store';
      COMMENT ON COLUMN ledger_marks.takes_over IS
        'a human has said that this ledger counts, whatever the store says';
      COMMENT ON COLUMN ledger_marks.stopped_reason IS 'why nothing is issued now; null when it is';

      CREATE FUNCTION ledger_epoch() RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT (coalesce(max(generation), 1)::bigint - 1) << 32 FROM public.ledger_marks
      $$;
      ALTER TABLE referrals ALTER COLUMN epoch SET DEFAULT ledger_epoch();
      ALTER TABLE rewards ALTER COLUMN epoch SET DEFAULT ledger_epoch();
      ALTER TABLE letters ALTER COLUMN epoch SET DEFAULT ledger_epoch();
      ALTER TABLE referral_codes ALTER COLUMN announce_epoch SET DEFAULT ledger_epoch();
      """,
    down: """
      ALTER TABLE referrals ALTER COLUMN epoch SET DEFAULT 0;
      ALTER TABLE rewards ALTER COLUMN epoch SET DEFAULT 0;
      ALTER TABLE letters ALTER COLUMN epoch SET DEFAULT 0;
      ALTER TABLE referral_codes ALTER COLUMN announce_epoch SET DEFAULT 0;
      DROP FUNCTION ledger_epoch();
      DROP TABLE ledger_marks;
      """)
}
