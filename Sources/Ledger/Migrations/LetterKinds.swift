import Postgres

extension Migration {
  /// Two letters of one reward: the one with its code, and a reminder before its last day.
  ///
  /// A reminder is made once its day has come, out of a part of an index that holds what may still
  /// need one. A reward is not reminded of in the first half of its time, however early the shop
  /// wishes it: the letter with the code has only just come then.
  static let letterKinds = Migration(
    name: "20261122020200_letter_kinds",
    up: """
      ALTER TABLE letters
        ADD COLUMN kind text NOT NULL DEFAULT 'reward' CHECK (kind IN ('reward', 'reminder')),
        DROP CONSTRAINT letters_pkey,
        ADD PRIMARY KEY (store_id, reward_id, kind);
      CREATE FUNCTION letter_key(reward_id uuid, kind text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
        SELECT reward_id::text || CASE kind WHEN 'reward' THEN '' ELSE '/' || kind END
      $$;
      COMMENT ON FUNCTION letter_key IS
        'how a letter is named in runs; its first 36 characters are the reward';

      ALTER TABLE rewards
        ADD COLUMN reminded_at timestamptz,
        ADD COLUMN halfway_on date GENERATED ALWAYS AS
          (expires_on - (expires_on - (issued_at AT TIME ZONE 'UTC')::date) / 2) STORED;
      COMMENT ON COLUMN rewards.reminded_at IS
        'when the letter was made that reminds of its last day';
      COMMENT ON COLUMN rewards.halfway_on IS
        'the day, in UTC, on which half of its time is over; null while it has no end';
      CREATE INDEX rewards_to_remind_of ON rewards (store_id, expires_on, halfway_on)
        WHERE status = 'delivered' AND reminded_at IS NULL AND expires_on IS NOT NULL;
      """,
    down: """
      DROP INDEX rewards_to_remind_of;
      ALTER TABLE rewards DROP COLUMN halfway_on, DROP COLUMN reminded_at;
      DELETE FROM runs WHERE stage = 'deliver' AND length(key) > 36;
      DROP FUNCTION letter_key(uuid, text);
      DELETE FROM letters WHERE kind <> 'reward';
      ALTER TABLE letters
        DROP CONSTRAINT letters_pkey,
        DROP COLUMN kind,
        ADD PRIMARY KEY (store_id, reward_id);
      """)
}
