import Postgres

extension Migration {
  /// What campaigns add: which one an order belongs to, rewards of more shapes, budgets that hold
  /// whatever comes at once, and rewards that people have to release.
  ///
  /// A budget's row is made when a decision first meets the budget, and from then on a trigger keeps
  /// it exact on every way that a reward can go: a decision locks the row, so that of many orders at
  /// once none passes the bound. A reward counts for what it may still cost: nothing once it was
  /// refused, and once it is taken back what had been spent of it.
  static let createCampaigns = Migration(
    name: "20261122020000_create_campaigns",
    up: """
      ALTER TABLE referrals
        ADD COLUMN campaign_id text,
        ADD COLUMN paid_at timestamptz,
        ADD COLUMN held_until timestamptz;
      COMMENT ON COLUMN referrals.campaign_id IS 'the campaign that the decided order belongs to';
      COMMENT ON COLUMN referrals.paid_at IS
        'when the order was first seen paid; null where nothing is held back';
      COMMENT ON COLUMN referrals.held_until IS 'until when its rewards are held back';
      UPDATE referrals SET campaign_id = rewards.campaign_id FROM rewards
        WHERE rewards.store_id = referrals.store_id AND rewards.referral_id = referrals.id;

      ALTER TABLE decisions
        ADD COLUMN campaign_id text,
        ADD COLUMN campaigns_passed_over text;
      COMMENT ON COLUMN decisions.campaigns_passed_over IS
        'the campaigns that the order is none of, a JSON object of reasons by campaign';

      DROP INDEX rewards_to_issue;
      ALTER TABLE rewards
        ADD COLUMN percent_off numeric CHECK (percent_off > 0 AND percent_off <= 100),
        ADD COLUMN voucher_categories text[] NOT NULL DEFAULT '{}',
        ADD COLUMN is_bound boolean NOT NULL DEFAULT false,
        ADD COLUMN milestone integer CHECK (milestone > 0),
        ADD COLUMN earned_percent numeric,
        ADD COLUMN earned_cap numeric,
        ADD COLUMN excess numeric CHECK (excess >= 0),
        ADD COLUMN approvals_needed smallint NOT NULL DEFAULT 0
          CHECK (approvals_needed BETWEEN 0 AND 2),
        DROP COLUMN release_rank,
        ADD COLUMN release_rank smallint GENERATED ALWAYS AS (CASE
          WHEN approved_at IS NOT NULL THEN -1
          WHEN approvals_needed > 0 THEN 100
          ELSE rollout_bucket END) STORED;
      CREATE INDEX rewards_to_issue ON rewards (store_id, release_rank, next_attempt_at)
        WHERE status = 'pending';
      COMMENT ON COLUMN rewards.percent_off IS
        'what a voucher takes off in percent; amount is then what it counts for';
      COMMENT ON COLUMN rewards.voucher_categories IS
        'the categories on whose goods a voucher counts; empty for whole orders';
      COMMENT ON COLUMN rewards.is_bound IS 'whether a card is to be spent by its owner only';
      COMMENT ON COLUMN rewards.earned_percent IS
        'how many percent of the order it is; null where it does not depend on that';
      COMMENT ON COLUMN rewards.excess IS
        'by how much it is more than a partly refunded order earns by now';
      COMMENT ON COLUMN rewards.approvals_needed IS
        'how many different people have to release it';
      COMMENT ON COLUMN rewards.release_rank IS
        'below the percentage of the rollout when it is released; -1 approved, 100 never by itself';

      CREATE TABLE reward_approvals (
        store_id integer NOT NULL REFERENCES stores,
        reward_id uuid NOT NULL,
        approver text NOT NULL,
        note text,
        approved_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, reward_id, approver),
        FOREIGN KEY (store_id, reward_id) REFERENCES rewards (store_id, id)
      );
      COMMENT ON TABLE reward_approvals IS 'who released a reward';

      CREATE TABLE campaign_budgets (
        store_id integer NOT NULL REFERENCES stores,
        campaign_id text NOT NULL,
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        given numeric NOT NULL DEFAULT 0 CHECK (given >= 0),
        PRIMARY KEY (store_id, campaign_id, currency)
      );
      COMMENT ON TABLE campaign_budgets IS
        'what the rewards of a campaign with a budget may cost, kept by a trigger on rewards';

      CREATE FUNCTION reward_cost(status text, amount numeric, shortfall numeric) RETURNS numeric
        IMMUTABLE LANGUAGE sql AS $$
        SELECT CASE status WHEN 'rejected' THEN 0 WHEN 'revoked' THEN coalesce(shortfall, 0)
          ELSE amount END
      $$;
      COMMENT ON FUNCTION reward_cost IS 'what a reward has cost, or may still';

      CREATE FUNCTION count_reward() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        difference numeric := reward_cost(NEW.status, NEW.amount, NEW.shortfall);
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          difference := difference - reward_cost(OLD.status, OLD.amount, OLD.shortfall);
        END IF;
        IF difference <> 0 THEN
          UPDATE campaign_budgets SET given = given + difference
          WHERE store_id = NEW.store_id AND campaign_id = NEW.campaign_id
            AND currency = NEW.currency;
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER rewards_counted AFTER INSERT OR UPDATE OF status, amount, shortfall ON rewards
        FOR EACH ROW EXECUTE FUNCTION count_reward();
      """,
    down: """
      DROP TRIGGER rewards_counted ON rewards;
      DROP FUNCTION count_reward();
      DROP FUNCTION reward_cost(text, numeric, numeric);
      DROP TABLE campaign_budgets;
      DROP TABLE reward_approvals;
      DROP INDEX rewards_to_issue;
      ALTER TABLE rewards
        DROP COLUMN release_rank,
        ADD COLUMN release_rank smallint GENERATED ALWAYS AS
          (CASE WHEN approved_at IS NULL THEN rollout_bucket ELSE -1 END) STORED,
        DROP COLUMN percent_off,
        DROP COLUMN voucher_categories,
        DROP COLUMN is_bound,
        DROP COLUMN milestone,
        DROP COLUMN earned_percent,
        DROP COLUMN earned_cap,
        DROP COLUMN excess,
        DROP COLUMN approvals_needed;
      CREATE INDEX rewards_to_issue ON rewards (store_id, release_rank, next_attempt_at)
        WHERE status = 'pending';
      ALTER TABLE decisions DROP COLUMN campaign_id, DROP COLUMN campaigns_passed_over;
      ALTER TABLE referrals
        DROP COLUMN campaign_id,
        DROP COLUMN paid_at,
        DROP COLUMN held_until;
      """)
}
