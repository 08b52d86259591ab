import Postgres

extension Migration {
  /// Until when a reward can be used, and from which subtotal: fixed with the intent, so that every
  /// attempt asks the store for the same thing, whatever the configuration says by then.
  static let addRewardTerms = Migration(
    name: "20261121120000_add_reward_terms",
    up: """
      ALTER TABLE rewards
        ADD COLUMN expires_on date,
        ADD COLUMN minimum_spend numeric CHECK (minimum_spend >= 0);
      COMMENT ON COLUMN rewards.expires_on IS
        'the last day, in UTC, on which the reward can be used; null for ever';
      COMMENT ON COLUMN rewards.minimum_spend IS
        'the subtotal from which a voucher counts, in the reward''s currency; null for any';
      """,
    down: """
      ALTER TABLE rewards
        DROP COLUMN expires_on,
        DROP COLUMN minimum_spend;
      """)
}
