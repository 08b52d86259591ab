import Postgres

extension Migration {
  /// Which codes are still to be written to the store, and how far the store's customers have been
  /// gone through.
  ///
  /// The columns have defaults that make every new code due, however it is issued, and every code
  /// that stands already.
  static let addCodeAnnouncements = Migration(
    name: "20261121140000_add_code_announcements",
    up: """
      ALTER TABLE referral_codes
        ADD COLUMN announced_at timestamptz,
        ADD COLUMN announce_at timestamptz DEFAULT now(),
        ADD COLUMN announce_error text,
        ADD COLUMN announce_attempts integer NOT NULL DEFAULT 0,
        ADD COLUMN announce_lease_until timestamptz,
        ADD COLUMN announce_epoch bigint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN referral_codes.announced_at IS
        'when the code was written to the user''s metadata at the store';
      COMMENT ON COLUMN referral_codes.announce_at IS
        'when to write it there next; null when it is written, or given up with an error';
      CREATE INDEX referral_codes_announce ON referral_codes (store_id, announce_at)
        WHERE announce_at IS NOT NULL;

      CREATE TABLE code_backfills (
        store_id integer PRIMARY KEY REFERENCES stores,
        cursor text NOT NULL,
        seen integer NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE code_backfills IS
        'where an unfinished run through the store''s customers goes on; no row when none is';
      """,
    down: """
      DROP TABLE code_backfills;
      DROP INDEX referral_codes_announce;
      ALTER TABLE referral_codes
        DROP COLUMN announced_at,
        DROP COLUMN announce_at,
        DROP COLUMN announce_error,
        DROP COLUMN announce_attempts,
        DROP COLUMN announce_lease_until,
        DROP COLUMN announce_epoch;
      """)
}
