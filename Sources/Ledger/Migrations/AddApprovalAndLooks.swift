import Postgres

extension Migration {
  /// Who decides that a reward is issued, and what became of it at the store.
  ///
  /// `rollout_bucket` is derived as in `RolloutBucket`: the first four bytes of SHA-256 over the
  /// store's address and the referrer's id, each behind its length, modulo 100.
  ///
  /// A million rewards can wait for approval. `release_rank` puts approved ones before every bucket,
  /// so that `rewards_to_issue` finds the released ones without passing over those that wait.
  ///
  /// The lists of the admin's commands go by time, from the newest.
  static let addApprovalAndLooks = Migration(
    name: "20261121150000_add_approval_and_looks",
    up: """
      ALTER TABLE rewards
        ADD COLUMN rollout_bucket smallint CHECK (rollout_bucket BETWEEN 0 AND 99),
        ADD COLUMN approved_at timestamptz,
        ADD COLUMN approval_note text,
        ADD COLUMN release_rank smallint GENERATED ALWAYS AS
          (CASE WHEN approved_at IS NULL THEN rollout_bucket ELSE -1 END) STORED,
        ADD COLUMN first_attempt_at timestamptz,
        ADD COLUMN rejection_reason text,
        ADD COLUMN next_look_at timestamptz,
        ADD COLUMN looks integer NOT NULL DEFAULT 0,
        ADD COLUMN last_look_at timestamptz,
        ADD COLUMN spent_amount numeric CHECK (spent_amount >= 0);

      UPDATE rewards SET
        first_attempt_at = CASE WHEN status <> 'pending' OR attempts > 0 THEN created_at END,
        next_look_at = CASE WHEN status IN ('issued', 'delivered')
          THEN now() + random() * interval '1 day' END,
        rollout_bucket = coalesce((
          SELECT (get_byte(hash, 0)::bigint * 16777216 + get_byte(hash, 1) * 65536
            + get_byte(hash, 2) * 256 + get_byte(hash, 3)) % 100
          FROM referrals
          JOIN referral_codes ON referral_codes.store_id = referrals.store_id
            AND referral_codes.code = referrals.ref_code
          JOIN stores ON stores.id = referrals.store_id
          CROSS JOIN LATERAL (
            SELECT sha256(
              int4send(octet_length(stores.address)) || convert_to(stores.address, 'UTF8')
              || int4send(octet_length(referrer_user_id)) || convert_to(referrer_user_id, 'UTF8')
            ) AS hash
          ) AS derived
          WHERE referrals.store_id = rewards.store_id AND referrals.id = rewards.referral_id
        ), 0);

      ALTER TABLE rewards
        ALTER COLUMN rollout_bucket SET NOT NULL,
        DROP CONSTRAINT rewards_status_check,
        DROP CONSTRAINT rewards_check,
        ADD CONSTRAINT rewards_status_check CHECK (status IN
          ('pending', 'issued', 'delivered', 'used', 'expired', 'dead', 'rejected')),
        ADD CONSTRAINT rewards_store_object_check CHECK (status IN ('pending', 'dead', 'rejected')
          OR gift_card_id IS NOT NULL OR voucher_id IS NOT NULL),
        ADD CONSTRAINT rewards_rejection_check
          CHECK (status <> 'rejected' OR rejection_reason IS NOT NULL);
      COMMENT ON COLUMN rewards.rollout_bucket IS 'where the referrer stands in a rollout by percent';
      COMMENT ON COLUMN rewards.approved_at IS 'when a human released the reward';
      COMMENT ON COLUMN rewards.first_attempt_at IS
        'since when the reward is tried; null before the first attempt';
      COMMENT ON COLUMN rewards.next_look_at IS
        'when the card or voucher is read back next; null when nothing more is expected of it';
      COMMENT ON COLUMN rewards.looks IS
        'how often it has been read back since the last event that named it';
      COMMENT ON COLUMN rewards.spent_amount IS
        'what had been spent of a gift card when it was last looked at';

      CREATE INDEX rewards_to_issue ON rewards (store_id, release_rank, next_attempt_at)
        WHERE status = 'pending';
      CREATE INDEX rewards_to_look_at ON rewards (store_id, next_look_at)
        WHERE next_look_at IS NOT NULL;
      CREATE INDEX rewards_gift_card ON rewards (store_id, gift_card_id)
        WHERE gift_card_id IS NOT NULL;
      CREATE INDEX rewards_voucher ON rewards (store_id, voucher_id)
        WHERE voucher_id IS NOT NULL;
      CREATE INDEX rewards_created ON rewards (store_id, created_at);
      CREATE INDEX rewards_status_created ON rewards (store_id, status, created_at);

      CREATE VIEW reward_accounts AS
        SELECT rewards.store_id, rewards.id, rewards.status, type, amount, currency,
          expires_on::text AS expires_on, rewards.order_id, order_number, referral_id,
          referrals.state AS referral_state, rule, reason, ref_code, referrer_user_id,
          rollout_bucket, approved_at, approval_note, rejection_reason, attempts,
          first_attempt_at, next_attempt_at, last_error, gift_card_id, voucher_id,
          rewards.created_at, issued_at, last_look_at, spent_amount
        FROM rewards
        JOIN referrals ON referrals.store_id = rewards.store_id
          AND referrals.id = rewards.referral_id
        LEFT JOIN referral_codes ON referral_codes.store_id = rewards.store_id
          AND referral_codes.code = referrals.ref_code;
      COMMENT ON VIEW reward_accounts IS 'each reward with what led to it, for the commands';

      ALTER TABLE inbox
        DROP CONSTRAINT inbox_outcome_check,
        ADD CONSTRAINT inbox_outcome_check CHECK (outcome IN
          ('ignored', 'no_code', 'invalid_code', 'linked', 'bound', 'looked', 'malformed'));
      CREATE INDEX inbox_received ON inbox (store_id, received_at);
      CREATE INDEX inbox_order ON inbox (store_id, order_id) WHERE order_id IS NOT NULL;
      """,
    down: """
      DROP VIEW reward_accounts;
      UPDATE inbox SET outcome = 'ignored' WHERE outcome = 'looked';
      ALTER TABLE inbox
        DROP CONSTRAINT inbox_outcome_check,
        ADD CONSTRAINT inbox_outcome_check CHECK (outcome IN
          ('ignored', 'no_code', 'invalid_code', 'linked', 'bound', 'malformed'));
      DROP INDEX inbox_received, inbox_order;

      UPDATE rewards SET status = 'dead', last_error = rejection_reason WHERE status = 'rejected';
      DROP INDEX rewards_to_issue, rewards_to_look_at, rewards_gift_card, rewards_voucher,
        rewards_created, rewards_status_created;
      ALTER TABLE rewards
        DROP CONSTRAINT rewards_rejection_check,
        DROP CONSTRAINT rewards_store_object_check,
        DROP CONSTRAINT rewards_status_check,
        ADD CONSTRAINT rewards_status_check CHECK (status IN
          ('pending', 'issued', 'delivered', 'used', 'expired', 'dead')),
        ADD CONSTRAINT rewards_check CHECK (status IN ('pending', 'dead')
          OR gift_card_id IS NOT NULL OR voucher_id IS NOT NULL),
        DROP COLUMN release_rank,
        DROP COLUMN rollout_bucket,
        DROP COLUMN approved_at,
        DROP COLUMN approval_note,
        DROP COLUMN first_attempt_at,
        DROP COLUMN rejection_reason,
        DROP COLUMN next_look_at,
        DROP COLUMN looks,
        DROP COLUMN last_look_at,
        DROP COLUMN spent_amount;
      """)
}
