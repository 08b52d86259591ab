import Postgres

extension Migration {
  /// What the commands show of a reward of a campaign, and what a promo code that was found at the
  /// store tells of its reward.
  static let showCampaigns = Migration(
    name: "20261122020100_show_campaigns",
    up: """
      CREATE OR REPLACE VIEW reward_accounts AS
        SELECT rewards.store_id, rewards.id, rewards.status, type, amount, currency,
          expires_on::text AS expires_on, rewards.order_id, order_number, referral_id,
          referrals.state AS referral_state, rule, reason, ref_code, referrer_user_id,
          rollout_bucket, approved_at, approval_note, rejection_reason, attempts,
          first_attempt_at, next_attempt_at, last_error, gift_card_id, voucher_id,
          rewards.created_at, issued_at, last_look_at, spent_amount,
          rewards.campaign_id, role, milestone, percent_off, is_bound, excess,
          CASE role WHEN 'friend' THEN referred_customer_id ELSE referrer_user_id END
            AS recipient_user_id,
          release_rank, approvals_needed, ARRAY(
            SELECT approver FROM reward_approvals
            WHERE reward_approvals.store_id = rewards.store_id
              AND reward_approvals.reward_id = rewards.id
            ORDER BY reward_approvals.approved_at, approver) AS approvers
        FROM rewards
        JOIN referrals ON referrals.store_id = rewards.store_id
          AND referrals.id = rewards.referral_id
        LEFT JOIN referral_codes ON referral_codes.store_id = rewards.store_id
          AND referral_codes.code = referrals.ref_code;

      ALTER TABLE found_codes
        ADD COLUMN campaign_id text NOT NULL DEFAULT 'default',
        ADD COLUMN role text DEFAULT 'referrer',
        ADD COLUMN milestone bigint,
        ADD COLUMN percent_off numeric,
        ADD COLUMN ends_at timestamptz;
      COMMENT ON COLUMN found_codes.role IS 'null when what stands there is nobody';
      COMMENT ON COLUMN found_codes.percent_off IS
        'what a voucher takes off in percent; amount is then what it counts for';
      COMMENT ON COLUMN found_codes.ends_at IS
        'from when on it can no longer be used; null for never';
      CREATE INDEX found_codes_order ON found_codes (store_id, order_id)
        WHERE adopted_at IS NULL;
      """,
    down: """
      DROP INDEX found_codes_order;
      ALTER TABLE found_codes
        DROP COLUMN campaign_id,
        DROP COLUMN role,
        DROP COLUMN milestone,
        DROP COLUMN percent_off,
        DROP COLUMN ends_at;
      DROP VIEW reward_accounts;
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
      """)
}
