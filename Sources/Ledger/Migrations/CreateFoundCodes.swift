import Postgres

extension Migration {
  /// Promo codes at the store that the ledger did not know, and when ledger and store were compared.
  static let createFoundCodes = Migration(
    name: "20261121200000_create_found_codes",
    up: """
      CREATE TABLE found_codes (
        store_id integer NOT NULL REFERENCES stores,
        reward_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('gift_card', 'voucher')),
        store_object_id text NOT NULL,
        code_hash bytea NOT NULL,
        order_id text,
        amount numeric CHECK (amount > 0),
        currency text NOT NULL,
        is_active boolean NOT NULL,
        spent numeric NOT NULL,
        problem text,
        found_at timestamptz NOT NULL DEFAULT now(),
        adopted_at timestamptz,
        PRIMARY KEY (store_id, reward_id)
      );
      COMMENT ON TABLE found_codes IS
        'promo codes that name a reward which the ledger did not know when it found them';
      COMMENT ON COLUMN found_codes.code_hash IS
        'SHA-256 of the code, to find the key from which it is derived; the code itself is money';
      COMMENT ON COLUMN found_codes.amount IS
        'what it was made with; null for a voucher that is listed in no channel';
      COMMENT ON COLUMN found_codes.problem IS 'why it is not adopted';
      COMMENT ON COLUMN found_codes.adopted_at IS 'when a reward came to be for it';
      CREATE INDEX found_codes_open ON found_codes (store_id, order_id)
        WHERE adopted_at IS NULL AND problem IS NULL;

      CREATE TABLE reconcile_runs (
        store_id integer PRIMARY KEY REFERENCES stores,
        last_run_at timestamptz NOT NULL,
        epoch bigint NOT NULL,
        lease_until timestamptz,
        last_error text,
        finished_at timestamptz,
        differences integer,
        repaired integer,
        summary text
      );
      COMMENT ON COLUMN reconcile_runs.finished_at IS
        'when a run last came to its end; what follows is of that run';
      COMMENT ON COLUMN reconcile_runs.lease_until IS
        'until when the run of this epoch counts as going on; null once it has ended';
      """,
    down: """
      DROP TABLE reconcile_runs;
      DROP TABLE found_codes;
      """)
}
