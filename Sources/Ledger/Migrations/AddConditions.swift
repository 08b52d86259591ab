import Postgres

extension Migration {
  /// What the conditions of a programme ask: when a referral was decided, for the limits, and who
  /// has bought before.
  static let addConditions = Migration(
    name: "20261121160000_add_conditions",
    up: """
      ALTER TABLE referrals ADD COLUMN decided_at timestamptz;
      UPDATE referrals SET decided_at = updated_at WHERE state <> 'tracked';
      CREATE INDEX referrals_due_by_code ON referrals (store_id, ref_code, decided_at)
        WHERE state IN ('paid', 'rewarded');

      CREATE TABLE buyers (
        store_id integer NOT NULL REFERENCES stores,
        mailbox text NOT NULL,
        order_id text NOT NULL,
        ordered_at timestamptz NOT NULL,
        PRIMARY KEY (store_id, mailbox)
      );
      COMMENT ON TABLE buyers IS
        'the oldest paid order of each mailbox that a delivery told of, with and without a code';
      """,
    down: """
      DROP TABLE buyers;
      DROP INDEX referrals_due_by_code;
      ALTER TABLE referrals DROP COLUMN decided_at;
      """)
}
