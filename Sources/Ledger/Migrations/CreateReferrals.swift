import Postgres

extension Migration {
  /// Codes, the orders that name them, and the rewards that follow.
  ///
  /// `lease_until` and `epoch` guard work that talks to the store: a worker holds a row until its
  /// lease ends by this database's clock, and may write its result only while the epoch is still
  /// the one that it was given.
  static let createReferrals = Migration(
    name: "20261121091000_create_referrals",
    up: """
      CREATE TABLE referral_codes (
        store_id integer NOT NULL REFERENCES stores,
        id bigint GENERATED ALWAYS AS IDENTITY,
        code text NOT NULL CHECK (code ~ '^[A-Z0-9]{4,16}$'),
        referrer_user_id text NOT NULL,
        referrer_email text NOT NULL,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, id),
        UNIQUE (store_id, code),
        UNIQUE (store_id, referrer_user_id)
      );

      CREATE TABLE referrals (
        store_id integer NOT NULL REFERENCES stores,
        id bigint GENERATED ALWAYS AS IDENTITY,
        ref_code text NOT NULL,
        order_id text NOT NULL,
        order_number text,
        referred_customer_id text,
        referred_email text,
        referred_mailbox text,
        state text NOT NULL DEFAULT 'tracked'
          CHECK (state IN ('tracked', 'paid', 'rewarded', 'rejected')),
        rule text,
        reason text,
        next_check_at timestamptz DEFAULT now(),
        checks integer NOT NULL DEFAULT 0,
        hints integer NOT NULL DEFAULT 1,
        lease_until timestamptz,
        epoch bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, id),
        UNIQUE (store_id, order_id),
        CHECK ((state = 'tracked') = (next_check_at IS NOT NULL)),
        CHECK (state <> 'rejected' OR reason IS NOT NULL),
        CHECK (state NOT IN ('paid', 'rewarded')
          OR referred_customer_id IS NOT NULL OR referred_mailbox IS NOT NULL)
      );
      COMMENT ON COLUMN referrals.hints IS
        'how often an event named this order; a change during a check calls for another check';
      COMMENT ON COLUMN referrals.referred_email IS 'the buyer''s address in lower case';
      COMMENT ON COLUMN referrals.referred_mailbox IS
        'the mailbox that the address reaches: without +tag, and for Gmail without dots';
      CREATE INDEX referrals_due ON referrals (store_id, next_check_at) WHERE state = 'tracked';
      CREATE UNIQUE INDEX referrals_one_per_customer
        ON referrals (store_id, referred_customer_id) WHERE state IN ('paid', 'rewarded');
      CREATE UNIQUE INDEX referrals_one_per_mailbox
        ON referrals (store_id, referred_mailbox) WHERE state IN ('paid', 'rewarded');

      CREATE TABLE rewards (
        store_id integer NOT NULL REFERENCES stores,
        id uuid NOT NULL,
        referral_id bigint NOT NULL,
        order_id text NOT NULL,
        campaign_id text NOT NULL,
        role text NOT NULL CHECK (role IN ('referrer', 'friend')),
        version integer NOT NULL,
        type text NOT NULL CHECK (type IN ('gift_card', 'voucher')),
        amount numeric NOT NULL CHECK (amount > 0),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        code_key_id text NOT NULL,
        gift_card_id text,
        voucher_id text,
        status text NOT NULL DEFAULT 'pending'
          CHECK (status IN ('pending', 'issued', 'delivered', 'used', 'expired', 'dead')),
        last_error text,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz DEFAULT now(),
        lease_until timestamptz,
        epoch bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        issued_at timestamptz,
        PRIMARY KEY (store_id, id),
        UNIQUE (store_id, order_id, campaign_id, role, version),
        FOREIGN KEY (store_id, referral_id) REFERENCES referrals (store_id, id),
        CHECK (status IN ('pending', 'dead') OR gift_card_id IS NOT NULL OR voucher_id IS NOT NULL)
      );
      COMMENT ON COLUMN rewards.code_key_id IS
        'the key from which the code at the store is derived; the code itself is money, and is not kept';
      COMMENT ON COLUMN rewards.next_attempt_at IS 'null when nothing is left to do';
      CREATE INDEX rewards_due ON rewards (store_id, status, next_attempt_at)
        WHERE next_attempt_at IS NOT NULL;
      CREATE INDEX rewards_referral ON rewards (store_id, referral_id);
      """,
    down: """
      DROP TABLE rewards;
      DROP TABLE referrals;
      DROP TABLE referral_codes;
      """)
}
