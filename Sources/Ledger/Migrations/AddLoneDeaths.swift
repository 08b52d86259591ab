import Postgres

extension Migration {
  /// Which work is under way in which process, so that a death is noticed and its cause found.
  ///
  /// `runs` is small: what is under way, what was under way in a process that died, and what is in
  /// quarantine. A piece of work is named by its stage and a key: the id of its row as text, of a
  /// delivery the hexadecimal event id.
  static let addLoneDeaths = Migration(
    name: "20261121190000_add_lone_deaths",
    up: """
      CREATE TABLE workers (
        store_id integer NOT NULL REFERENCES stores,
        id uuid NOT NULL,
        lease interval NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, id)
      );
      COMMENT ON TABLE workers IS
        'the processes that work for a store; one that is not seen for its lease is dead';

      CREATE TABLE runs (
        store_id integer NOT NULL,
        stage text NOT NULL,
        key text NOT NULL,
        worker_id uuid,
        is_suspect boolean NOT NULL DEFAULT false,
        is_alone boolean NOT NULL DEFAULT false,
        lone_deaths uuid[] NOT NULL DEFAULT '{}',
        since timestamptz NOT NULL DEFAULT now(),
        quarantined_at timestamptz,
        PRIMARY KEY (store_id, stage, key),
        CHECK (worker_id IS NOT NULL OR NOT is_alone),
        CHECK (worker_id IS NULL OR quarantined_at IS NULL)
      );
      COMMENT ON COLUMN runs.worker_id IS 'the process in which it is under way';
      COMMENT ON COLUMN runs.is_suspect IS
        'whether a process died while it was under way there: it runs alone next';
      COMMENT ON COLUMN runs.lone_deaths IS
        'the processes that died while nothing but this was under way in them';
      CREATE FUNCTION taken_keys(store bigint, stage text) RETURNS text[] STABLE LANGUAGE sql AS $$
        SELECT array(
          SELECT key FROM runs
          WHERE store_id = taken_keys.store AND runs.stage = taken_keys.stage
            AND (worker_id IS NOT NULL OR quarantined_at IS NOT NULL))
      $$;
      COMMENT ON FUNCTION taken_keys IS
        'the work of a stage that nobody may claim now, however long ago its lease began';

      ALTER TABLE rewards ADD COLUMN look_epoch bigint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN rewards.look_epoch IS
        'grows with every look that begins and every event that calls for one';

      ALTER TABLE inbox
        DROP CONSTRAINT inbox_outcome_check,
        ADD CONSTRAINT inbox_outcome_check CHECK (outcome IN
          ('ignored', 'no_code', 'invalid_code', 'linked', 'bound', 'looked', 'malformed',
            'quarantined'));
      """,
    down: """
      UPDATE inbox SET outcome = 'malformed' WHERE outcome = 'quarantined';
      ALTER TABLE inbox
        DROP CONSTRAINT inbox_outcome_check,
        ADD CONSTRAINT inbox_outcome_check CHECK (outcome IN
          ('ignored', 'no_code', 'invalid_code', 'linked', 'bound', 'looked', 'malformed'));
      UPDATE referrals SET next_check_at = now() WHERE next_check_at = 'infinity';
      UPDATE rewards SET next_attempt_at = now()
        WHERE status = 'revoking' AND next_attempt_at IS NULL;
      UPDATE rewards SET next_look_at = now() WHERE next_look_at = 'infinity';
      UPDATE letters SET next_attempt_at = now() WHERE next_attempt_at = 'infinity';
      UPDATE referral_codes SET announce_at = now() WHERE announce_at = 'infinity';
      ALTER TABLE rewards DROP COLUMN look_epoch;
      DROP FUNCTION taken_keys;
      DROP TABLE runs;
      DROP TABLE workers;
      """)
}
