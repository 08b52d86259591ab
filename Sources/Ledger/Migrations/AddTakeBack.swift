import Postgres

extension Migration {
  /// Rewards that are taken back because their order fell: a decided referral can be looked at
  /// again, and a reward ends worthless at the store.
  static let addTakeBack = Migration(
    name: "20261121180000_add_take_back",
    up: """
      ALTER TABLE referrals
        ADD COLUMN order_updated_at timestamptz,
        DROP CONSTRAINT referrals_check,
        ADD CONSTRAINT referrals_tracked_check
          CHECK (state <> 'tracked' OR next_check_at IS NOT NULL),
        ADD CONSTRAINT referrals_rejected_check
          CHECK (state <> 'rejected' OR next_check_at IS NULL);
      COMMENT ON COLUMN referrals.order_updated_at IS
        'when the order had been changed last as it was decided on; an older reading is a stale one';
      CREATE INDEX referrals_rejected_customer ON referrals (store_id, referred_customer_id)
        WHERE state = 'rejected';
      CREATE INDEX referrals_rejected_mailbox ON referrals (store_id, referred_mailbox)
        WHERE state = 'rejected';
      CREATE INDEX referrals_decided_by_code ON referrals (store_id, ref_code, decided_at)
        WHERE state <> 'tracked';
      DROP INDEX referrals_due_by_code;
      CREATE INDEX referrals_to_reconsider ON referrals (store_id, next_check_at)
        WHERE state IN ('paid', 'rewarded') AND next_check_at IS NOT NULL;

      ALTER TABLE rewards
        ADD COLUMN take_back_reason text,
        ADD COLUMN taken_back_at timestamptz,
        ADD COLUMN shortfall numeric CHECK (shortfall >= 0),
        DROP CONSTRAINT rewards_status_check,
        DROP CONSTRAINT rewards_store_object_check,
        ADD CONSTRAINT rewards_status_check CHECK (status IN
          ('pending', 'issued', 'delivered', 'used', 'expired', 'dead', 'rejected', 'revoking',
            'revoked')),
        ADD CONSTRAINT rewards_store_object_check CHECK (
          status NOT IN ('issued', 'delivered', 'used', 'expired')
          OR gift_card_id IS NOT NULL OR voucher_id IS NOT NULL),
        ADD CONSTRAINT rewards_take_back_check
          CHECK (status NOT IN ('revoking', 'revoked') OR take_back_reason IS NOT NULL);
      COMMENT ON COLUMN rewards.shortfall IS
        'what had been spent before the reward was taken back, in its currency';
      """,
    down: """
      UPDATE rewards SET status = 'dead', next_attempt_at = NULL,
        last_error = 'taken back: ' || take_back_reason
      WHERE status IN ('revoking', 'revoked');
      ALTER TABLE rewards
        DROP CONSTRAINT rewards_take_back_check,
        DROP CONSTRAINT rewards_store_object_check,
        DROP CONSTRAINT rewards_status_check,
        ADD CONSTRAINT rewards_status_check CHECK (status IN
          ('pending', 'issued', 'delivered', 'used', 'expired', 'dead', 'rejected')),
        ADD CONSTRAINT rewards_store_object_check CHECK (status IN ('pending', 'dead', 'rejected')
          OR gift_card_id IS NOT NULL OR voucher_id IS NOT NULL),
        DROP COLUMN take_back_reason,
        DROP COLUMN taken_back_at,
        DROP COLUMN shortfall;
      UPDATE referrals SET next_check_at = NULL WHERE state <> 'tracked';
      DROP INDEX referrals_to_reconsider, referrals_rejected_customer,
        referrals_rejected_mailbox, referrals_decided_by_code;
      CREATE INDEX referrals_due_by_code ON referrals (store_id, ref_code, decided_at)
        WHERE state IN ('paid', 'rewarded');
      ALTER TABLE referrals
        DROP COLUMN order_updated_at,
        DROP CONSTRAINT referrals_tracked_check,
        DROP CONSTRAINT referrals_rejected_check,
        ADD CONSTRAINT referrals_check
          CHECK ((state = 'tracked') = (next_check_at IS NOT NULL));
      """)
}
