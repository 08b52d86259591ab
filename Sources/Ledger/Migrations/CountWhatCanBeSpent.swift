import Postgres

extension Migration {
  /// Budgets count what can still be spent: nothing of a reward whose time ran out, and nothing of one
  /// that was only written down so that what a lost ledger may have issued is made worthless. What the
  /// store shows to have been spent counts of both.
  static let countWhatCanBeSpent = Migration(
    name: "20261122020500_count_what_can_be_spent",
    up: """
      ALTER TABLE rewards ADD COLUMN is_tombstone boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN rewards.is_tombstone IS
        'whether it never was owed: what a lost ledger may have issued is made worthless';
      DROP FUNCTION reward_cost(text, numeric, numeric);
      CREATE FUNCTION reward_cost(
        status text, amount numeric, shortfall numeric, is_tombstone boolean DEFAULT false
      ) RETURNS numeric
        IMMUTABLE LANGUAGE sql AS $$
        SELECT CASE WHEN status IN ('rejected', 'expired') THEN 0
          WHEN status = 'revoked' OR is_tombstone THEN coalesce(shortfall, 0)
          ELSE amount END
      $$;
      COMMENT ON FUNCTION reward_cost IS 'what a reward has cost, or may still';
      CREATE OR REPLACE FUNCTION count_reward() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        difference numeric := reward_cost(
          NEW.status, NEW.amount, NEW.shortfall, NEW.is_tombstone);
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          difference := difference - reward_cost(
            OLD.status, OLD.amount, OLD.shortfall, OLD.is_tombstone);
        END IF;
        IF difference <> 0 THEN
          UPDATE campaign_budgets SET given = given + difference
          WHERE store_id = NEW.store_id AND campaign_id = NEW.campaign_id
            AND currency = NEW.currency;
        END IF;
        RETURN NULL;
      END
      $$;
      UPDATE campaign_budgets SET given = coalesce((
        SELECT sum(reward_cost(status, amount, shortfall, is_tombstone)) FROM rewards
        WHERE rewards.store_id = campaign_budgets.store_id
          AND rewards.campaign_id = campaign_budgets.campaign_id
          AND rewards.currency = campaign_budgets.currency), 0);
      """,
    down: """
      DROP FUNCTION reward_cost(text, numeric, numeric, boolean);
      CREATE FUNCTION reward_cost(status text, amount numeric, shortfall numeric) RETURNS numeric
        IMMUTABLE LANGUAGE sql AS $$
        SELECT CASE status WHEN 'rejected' THEN 0 WHEN 'revoked' THEN coalesce(shortfall, 0)
          ELSE amount END
      $$;
      COMMENT ON FUNCTION reward_cost IS 'what a reward has cost, or may still';
      CREATE OR REPLACE FUNCTION count_reward() RETURNS trigger LANGUAGE plpgsql AS $$
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
      ALTER TABLE rewards DROP COLUMN is_tombstone;
      UPDATE campaign_budgets SET given = coalesce((
        SELECT sum(reward_cost(status, amount, shortfall)) FROM rewards
        WHERE rewards.store_id = campaign_budgets.store_id
          AND rewards.campaign_id = campaign_budgets.campaign_id
          AND rewards.currency = campaign_budgets.currency), 0);
      """)
}
