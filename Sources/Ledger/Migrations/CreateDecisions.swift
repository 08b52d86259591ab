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
        channel text NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('approve', 'review', 'reject')),
        decided_by text NOT NULL
          CHECK (decided_by IN ('requirement', 'rules', 'person', 'limit', 'adoption')),
        score integer NOT NULL DEFAULT 0,
        rule text,
        reason text,
        facts text,
        rule_outcomes text,
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
      COMMENT ON COLUMN decisions.reward_amount IS 'what was, or would have been, given';
      CREATE INDEX decisions_referral ON decisions (store_id, referral_id, id);
      CREATE INDEX decisions_time ON decisions (store_id, decided_at, id);
      CREATE INDEX decisions_value ON decisions (store_id, channel, order_currency, decided_at)
        INCLUDE (order_value) WHERE order_value IS NOT NULL;

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
        ADD COLUMN review_until timestamptz,
        ADD COLUMN review_verdict text CHECK (review_verdict IN ('approve', 'reject')),
        ADD COLUMN review_note text,
        ADD COLUMN reviewed_at timestamptz,
        DROP CONSTRAINT referrals_state_check,
        ADD CONSTRAINT referrals_state_check
          CHECK (state IN ('tracked', 'review', 'paid', 'rewarded', 'rejected')),
        ADD CONSTRAINT referrals_review_check
          CHECK (state <> 'review' OR next_check_at IS NOT NULL AND review_until IS NOT NULL);
      COMMENT ON COLUMN referrals.review_until IS
        'until when somebody can decide; then the configuration''s default does';
      COMMENT ON COLUMN referrals.review_verdict IS 'what somebody decided, until it is carried out';
      DROP INDEX referrals_due;
      CREATE INDEX referrals_due ON referrals (store_id, next_check_at)
        WHERE state IN ('tracked', 'review');
      CREATE INDEX referrals_in_review ON referrals (store_id, review_until)
        WHERE state = 'review';
      -- Whom a customer referred, and by whom he was: the steps of a circle.
      CREATE INDEX referrals_customer ON referrals (store_id, referred_customer_id)
        WHERE referred_customer_id IS NOT NULL;
      CREATE INDEX referrals_code ON referrals (store_id, ref_code, created_at);
      """,
    down: """
      DROP INDEX referrals_code, referrals_customer, referrals_in_review, referrals_due;
      UPDATE referrals SET state = 'tracked' WHERE state = 'review';
      CREATE INDEX referrals_due ON referrals (store_id, next_check_at) WHERE state = 'tracked';
      ALTER TABLE referrals
        DROP CONSTRAINT referrals_review_check,
        DROP CONSTRAINT referrals_state_check,
        ADD CONSTRAINT referrals_state_check
          CHECK (state IN ('tracked', 'paid', 'rewarded', 'rejected')),
        DROP COLUMN review_until,
        DROP COLUMN review_verdict,
        DROP COLUMN review_note,
        DROP COLUMN reviewed_at;
      DROP TABLE traces;
      DROP TABLE decisions;
      DROP TABLE rule_files;
      """)
}
