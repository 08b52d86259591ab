import Postgres

extension Migration {
  /// Why each order was decided as it was, what orders have in common, and the cases that somebody
  /// has to look at.
  ///
  /// `decisions` is written once for each decision and never changed, but for what an erasure takes
  /// out of its facts. The file by which it was decided is kept beside it, so that it can be played
  /// again. `traces` holds no address and no number in clear: each value is a pseudonym made with
  /// LAUREL_CODE_KEY.
  static let createDecisions = Migration(
    name: "20261122000000_create_decisions",
    up: """
      CREATE TABLE rule_files (
        store_id integer NOT NULL REFERENCES stores,
        version text NOT NULL,
        content text NOT NULL,
        first_used_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, version)
      );
      COMMENT ON TABLE rule_files IS 'each configuration file by which something was decided';
      COMMENT ON COLUMN rule_files.version IS
        'SHA-256 of the file in hex; "environment" where there was none';

      CREATE TABLE decisions (
        store_id integer NOT NULL REFERENCES stores,
        id bigint GENERATED ALWAYS AS IDENTITY,
        referral_id bigint NOT NULL,
        decided_at timestamptz NOT NULL DEFAULT now(),
        rules_version text NOT NULL,
        channel text,
        outcome text NOT NULL CHECK (outcome IN ('approve', 'review', 'reject')),
        decided_by text NOT NULL
          CHECK (decided_by IN ('requirement', 'rules', 'person', 'limit', 'adoption')),
        score integer NOT NULL DEFAULT 0,
        rule text,
        reason text,
        facts text,
        rule_outcomes text,
        rule_hits text[],
        erased_facts text[] NOT NULL DEFAULT '{}',
        order_value numeric,
        order_currency text,
        reward_amount numeric,
        reward_currency text,
        PRIMARY KEY (store_id, id),
        FOREIGN KEY (store_id, referral_id) REFERENCES referrals (store_id, id),
        FOREIGN KEY (store_id, rules_version) REFERENCES rule_files (store_id, version)
      );
      COMMENT ON COLUMN decisions.decided_by IS
        'a requirement of the programme, the rules, a person, the limit of a review, or a reward '
        'that was found at the store';
      COMMENT ON COLUMN decisions.facts IS
        'the facts as they were, a JSON object by the names of the signals; null where none were '
        'gathered';
      COMMENT ON COLUMN decisions.rule_outcomes IS
        'what each rule said, a JSON object by rule; null where they were not asked';
      COMMENT ON COLUMN decisions.rule_hits IS
        'the rules that hit, those in shadow too; null where they were not asked';
      COMMENT ON COLUMN decisions.erased_facts IS
        'the names of facts that were taken out because a person is forgotten';
      COMMENT ON COLUMN decisions.reward_amount IS 'what was, or would have been, given';
      CREATE INDEX decisions_referral ON decisions (store_id, referral_id, id);
      -- What is counted of the last weeks is in the index, so that the wide rows are not read.
      CREATE INDEX decisions_time ON decisions (store_id, decided_at, id)
        INCLUDE (decided_by, outcome, rule_hits);
      CREATE INDEX decisions_value ON decisions (store_id, channel, order_currency, decided_at)
        INCLUDE (order_value) WHERE decided_by = 'rules' AND order_value IS NOT NULL;

      CREATE TABLE traces (
        store_id integer NOT NULL REFERENCES stores,
        kind text NOT NULL CHECK (kind IN
          ('ip', 'network', 'device', 'postal_address', 'phone', 'card')),
        value text NOT NULL,
        referral_id bigint NOT NULL,
        buyer text NOT NULL,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (store_id, referral_id, kind, value),
        FOREIGN KEY (store_id, referral_id) REFERENCES referrals (store_id, id)
      );
      COMMENT ON TABLE traces IS 'what orders with a code have in common, as pseudonyms';
      COMMENT ON COLUMN traces.buyer IS
        'the customer''s id at the store, or the pseudonym of a guest''s mailbox';
      COMMENT ON COLUMN traces.seen_at IS 'when the order was placed, by the store''s clock';
      CREATE INDEX traces_value ON traces (store_id, kind, value, seen_at)
        INCLUDE (buyer, referral_id);
      CREATE INDEX traces_buyer ON traces (store_id, buyer);

      ALTER TABLE referrals
        ADD COLUMN fact_failures integer NOT NULL DEFAULT 0,
        ADD COLUMN review_until timestamptz,
        ADD COLUMN review_verdict text CHECK (review_verdict IN ('approve', 'reject')),
        ADD COLUMN review_note text,
        ADD COLUMN reviewed_at timestamptz,
        DROP CONSTRAINT referrals_state_check,
        ADD CONSTRAINT referrals_state_check
          CHECK (state IN ('tracked', 'review', 'paid', 'rewarded', 'rejected')),
        ADD CONSTRAINT referrals_review_check
          CHECK (state <> 'review' OR next_check_at IS NOT NULL AND review_until IS NOT NULL);
      COMMENT ON COLUMN referrals.fact_failures IS
        'how often since the last event the facts for the rules could not be gathered';
      COMMENT ON COLUMN referrals.review_until IS
        'until when somebody can decide; then the configuration''s default does';
      COMMENT ON COLUMN referrals.review_verdict IS
        'what somebody decided; in state review an approval that is being carried out';
      DROP INDEX referrals_due;
      CREATE INDEX referrals_due ON referrals (store_id, next_check_at)
        WHERE state IN ('tracked', 'review');
      CREATE INDEX referrals_in_review ON referrals (store_id, review_until)
        WHERE state = 'review';
      CREATE INDEX referrals_in_review_mailbox ON referrals (store_id, referred_mailbox)
        WHERE state = 'review';
      CREATE INDEX referrals_reviewed ON referrals (store_id, updated_at)
        WHERE review_until IS NOT NULL AND state <> 'review';
      -- Whom a customer referred, and by whom he was: the steps of a circle.
      CREATE INDEX referrals_customer ON referrals (store_id, referred_customer_id)
        WHERE referred_customer_id IS NOT NULL;
      CREATE INDEX referrals_code ON referrals (store_id, ref_code, created_at);

      -- The cases that are or were in review, with what sent them there.
      CREATE VIEW review_cases AS
        SELECT referrals.store_id, referrals.id, order_id,
          coalesce(order_number, order_id) AS order_number, ref_code, referrer_user_id,
          referred_customer_id, referred_email, referrals.state AS referral_state,
          CASE WHEN referrals.state <> 'review' THEN 'done'
            WHEN review_verdict IS NULL THEN 'open' ELSE 'approved' END AS state,
          review_until,
          floor(greatest(extract(epoch FROM review_until - now()), 0))::bigint AS seconds_left,
          review_verdict, review_note, reviewed_at, referrals.updated_at,
          CASE WHEN referrals.state <> 'review' THEN referrals.rule END AS settled_by,
          CASE WHEN referrals.state <> 'review' THEN referrals.reason END AS settled_reason,
          opened.decided_at AS opened_at, opened.channel, opened.score,
          coalesce(opened.rule, '') AS rule, coalesce(opened.reason, '') AS reason,
          opened.order_value, opened.order_currency, opened.reward_amount,
          opened.reward_currency
        FROM referrals
        CROSS JOIN LATERAL (
          SELECT * FROM decisions
          WHERE decisions.store_id = referrals.store_id AND referral_id = referrals.id
            AND outcome = 'review'
          ORDER BY decisions.id DESC LIMIT 1
        ) AS opened
        LEFT JOIN referral_codes ON referral_codes.store_id = referrals.store_id
          AND referral_codes.code = ref_code
        WHERE review_until IS NOT NULL;
      """,
    down: """
      DROP VIEW review_cases;
      DROP INDEX referrals_code, referrals_customer, referrals_reviewed,
        referrals_in_review_mailbox, referrals_in_review, referrals_due;
      UPDATE referrals SET state = 'tracked' WHERE state = 'review';
      CREATE INDEX referrals_due ON referrals (store_id, next_check_at) WHERE state = 'tracked';
      ALTER TABLE referrals
        DROP CONSTRAINT referrals_review_check,
        DROP CONSTRAINT referrals_state_check,
        ADD CONSTRAINT referrals_state_check
          CHECK (state IN ('tracked', 'paid', 'rewarded', 'rejected')),
        DROP COLUMN fact_failures,
        DROP COLUMN review_until,
        DROP COLUMN review_verdict,
        DROP COLUMN review_note,
        DROP COLUMN reviewed_at;
      DROP TABLE traces;
      DROP TABLE decisions;
      DROP TABLE rule_files;
      """)
}
