import Postgres

extension Migration {
  /// What the shop's staff are to be told at the store, and what they were told last.
  ///
  /// Triggers see every way on which an order or a reward changes. They only add a row to
  /// `note_changes`, which nobody else writes to: so no transaction waits for another one's because
  /// both are about the same referrer, and none can deadlock for it. A worker folds these rows into
  /// `notes`, one row for each order and each referrer, however much changed of it.
  static let createNotes = Migration(
    name: "20261122020300_create_notes",
    up: """
      CREATE TABLE note_changes (
        store_id integer NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        referral_id bigint NOT NULL,
        is_about_order boolean NOT NULL,
        is_about_referrer boolean NOT NULL,
        PRIMARY KEY (store_id, id)
      );
      COMMENT ON TABLE note_changes IS
        'changes that the notes at the store do not show yet, until a worker takes them up';
      COMMENT ON COLUMN note_changes.is_about_referrer IS
        'whether the figures of the code''s owner changed';

      CREATE TABLE notes (
        store_id integer NOT NULL REFERENCES stores,
        subject text NOT NULL CHECK (subject IN ('order', 'customer')),
        object_id text NOT NULL,
        changes bigint NOT NULL DEFAULT 1,
        next_attempt_at timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        lease_until timestamptz,
        epoch bigint NOT NULL DEFAULT ledger_epoch(),
        written text,
        written_at timestamptz,
        last_error text,
        PRIMARY KEY (store_id, subject, object_id)
      );
      COMMENT ON TABLE notes IS 'the notes for staff at the store''s orders and customers';
      COMMENT ON COLUMN notes.object_id IS 'the id of the order or the customer at the store';
      COMMENT ON COLUMN notes.changes IS
        'grows with every change; one during an attempt calls for another attempt';
      COMMENT ON COLUMN notes.next_attempt_at IS
        'when to write it next; null when it is written, or given up with an error';
      COMMENT ON COLUMN notes.written IS 'what was written last; null when nothing was, or nobody knows';
      CREATE INDEX notes_due ON notes (store_id, next_attempt_at)
        WHERE next_attempt_at IS NOT NULL;

      CREATE FUNCTION note_referral() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO note_changes (store_id, referral_id, is_about_order, is_about_referrer)
        VALUES (NEW.store_id, NEW.id, true,
          (TG_OP = 'UPDATE' AND OLD.state IN ('paid', 'rewarded'))
            <> (NEW.state IN ('paid', 'rewarded')));
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER referrals_noted_first AFTER INSERT ON referrals
        FOR EACH ROW EXECUTE FUNCTION note_referral();
      -- Why an order waits that is only tracked changes with every look, and is not told.
      CREATE TRIGGER referrals_noted
        AFTER UPDATE OF state, reason, ref_code, campaign_id, held_until ON referrals
        FOR EACH ROW WHEN (
          (OLD.state, OLD.ref_code, OLD.campaign_id, OLD.held_until)
            IS DISTINCT FROM (NEW.state, NEW.ref_code, NEW.campaign_id, NEW.held_until)
          OR NEW.state <> 'tracked' AND OLD.reason IS DISTINCT FROM NEW.reason)
        EXECUTE FUNCTION note_referral();

      CREATE FUNCTION note_reward() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO note_changes (store_id, referral_id, is_about_order, is_about_referrer)
        VALUES (NEW.store_id, NEW.referral_id, false, true);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER rewards_noted_first AFTER INSERT ON rewards
        FOR EACH ROW WHEN (
          NEW.role = 'referrer' AND NEW.status IN ('issued', 'delivered', 'used', 'expired'))
        EXECUTE FUNCTION note_reward();
      CREATE TRIGGER rewards_noted AFTER UPDATE OF status ON rewards
        FOR EACH ROW WHEN (
          NEW.role = 'referrer' AND (OLD.status IN ('issued', 'delivered', 'used', 'expired'))
            <> (NEW.status IN ('issued', 'delivered', 'used', 'expired')))
        EXECUTE FUNCTION note_reward();
      """,
    down: """
      DROP TRIGGER rewards_noted ON rewards;
      DROP TRIGGER rewards_noted_first ON rewards;
      DROP FUNCTION note_reward();
      DROP TRIGGER referrals_noted ON referrals;
      DROP TRIGGER referrals_noted_first ON referrals;
      DROP FUNCTION note_referral();
      DROP TABLE notes;
      DROP TABLE note_changes;
      """)
}
