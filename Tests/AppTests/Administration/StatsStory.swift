import Postgres

/// A ledger of a small shop, and what `laurel stats` tells of it.
enum StatsStory {
  /// Ten orders of two codes on 10 November, in every state that there is.
  static let orders: [Query] = [
    """
    INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
    VALUES (1, 'ALICE10', 'alice', 'alice@example.com'), (1, 'BOBBY20', 'bob', 'bob@example.com'),
      (2, 'ALICE10', 'alice', 'alice@example.com')
    """,
    """
    INSERT INTO referrals (store_id, ref_code, order_id, referred_customer_id, state, rule, reason,
      campaign_id, next_check_at, review_until, created_at)
    SELECT 1, code, 'order' || number, 'buyer' || number, state, rule, 'because', campaign,
      CASE WHEN state IN ('tracked', 'review') THEN now() END,
      CASE WHEN state = 'review' THEN now() END, '2026-11-10 12:00+00'
    FROM (VALUES
      (1, 'ALICE10', 'rewarded', NULL, 'spring'), (2, 'ALICE10', 'rewarded', NULL, 'spring'),
      (3, 'ALICE10', 'rewarded', NULL, 'autumn'),
      (4, 'ALICE10', 'rejected', 'order_stands', 'spring'),
      (5, 'BOBBY20', 'rejected', 'campaign_limit', NULL), (6, 'BOBBY20', 'review', 'large', 'spring'),
      (7, 'BOBBY20', 'tracked', 'hold', 'spring'), (8, 'BOBBY20', 'tracked', NULL, NULL),
      (9, 'BOBBY20', 'paid', NULL, 'spring'), (10, 'BOBBY20', 'rewarded', NULL, 'spring')
    ) AS told (number, code, state, rule, campaign)
    """,
    "INSERT INTO rule_files (store_id, version, content) VALUES (1, 'environment', '')",
    // An older decision on the second order knew another value; the last one counts. Of the campaign
    // that refused the fifth the decision alone tells.
    """
    INSERT INTO decisions (store_id, referral_id, decided_at, rules_version, channel, outcome,
      decided_by, order_value, order_currency, campaign_id)
    SELECT 1, referrals.id, '2026-11-10 13:00+00', 'environment', channel, 'approve', 'rules',
      value, currency, CASE number WHEN 5 THEN 'spring' END
    FROM (VALUES (2, 'default-channel', 500, 'USD'),
      (1, 'default-channel', 100, 'USD'), (2, 'default-channel', 50, 'USD'),
      (3, 'channel-pln', 200, 'PLN'), (4, 'default-channel', 80, 'USD'),
      (5, 'default-channel', 30, 'USD'), (6, 'default-channel', 40, 'USD'),
      (9, 'default-channel', 60, 'USD'), (10, 'default-channel', 70, 'USD')
    ) AS told (number, channel, value, currency)
    JOIN referrals ON store_id = 1 AND order_id = 'order' || number
    """,
    // A voucher that was used has no spent amount; it was used whole.
    """
    INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
      amount, currency, code_key_id, gift_card_id, voucher_id, status, rollout_bucket,
      take_back_reason, created_at, issued_at, spent_amount, shortfall, excess)
    SELECT 1, gen_random_uuid(), referrals.id, order_id, campaign_id, role, 1, type, amount,
      currency, 'key', CASE WHEN type = 'gift_card' THEN order_id END,
      CASE WHEN type = 'voucher' THEN order_id END, status, 0, 'because', '2026-11-10 13:00+00',
      CASE WHEN status <> 'pending' THEN now() END, spent, shortfall, excess
    FROM (VALUES
      (1, 'referrer', 'gift_card', 10, 'USD', 'issued', 0, NULL, NULL),
      (1, 'friend', 'voucher', 5, 'USD', 'used', NULL, NULL, NULL),
      (2, 'referrer', 'gift_card', 10, 'USD', 'used', 4, NULL, NULL),
      (3, 'referrer', 'gift_card', 20, 'PLN', 'delivered', 0, NULL, 3.5),
      (4, 'referrer', 'gift_card', 10, 'USD', 'revoked', NULL, 2, NULL),
      (9, 'referrer', 'gift_card', 10, 'USD', 'pending', NULL, NULL, NULL),
      (10, 'referrer', 'gift_card', 10, 'USD', 'expired', 0, NULL, NULL)
    ) AS told (number, role, type, amount, currency, status, spent, shortfall, excess)
    JOIN referrals ON store_id = 1 AND order_id = 'order' || number
    """,
    // The tenth buyer was no new one.
    """
    INSERT INTO buyers (store_id, order_id, customer_id, ordered_at)
    VALUES (1, 'order10', 'buyer10', '2026-11-10 11:00+00'),
      (1, 'elsewhere', 'buyer10', '2026-05-10 11:00+00'),
      (1, 'order9', 'buyer9', '2026-11-10 11:00+00'),
      (1, 'after', 'buyer9', '2026-11-12 11:00+00')
    """,
    """
    INSERT INTO clicks (store_id, code, day, campaign, channel, clicks)
    VALUES (1, 'ALICE10', '2026-11-10', 'spring', 'default-channel', 20),
      (1, 'ALICE10', '2026-11-11', '', '', 10), (1, 'BOBBY20', '2026-11-11', '', '', 30),
      (1, 'BOBBY20', '2026-12-01', '', '', 1000), (2, 'ALICE10', '2026-11-11', '', '', 7)
    """,
    """
    INSERT INTO bindings (store_id, customer_id, ref_code, bound_at, expires_at)
    SELECT 1, customer, 'ALICE10', '2026-11-09 12:00+00', now()
    FROM unnest(ARRAY['buyer1', 'buyer2', 'idle1', 'idle2']) AS customer
    """,
  ]

  /// What people are told of November by channel.
  static let text = """
    2026-11-01 to 2026-11-30, Europe/Berlin

    clicks                 60
    registrations          4
      ordered with a code  2   50%
    orders                 10  16.7% of clicks
      waiting              2
        held back          1
      in review            1
      refused              2
      counted              5
    new customers          4

    PLN                        REWARDS  AMOUNT
    value of counted orders             200
    owed                       0        0
    issued                     1        20
      standing                 1        20
        above what is earned            3.5
      expired                  0        0
      taken back               0        0
    redeemed                   0        0
      of what stands no more            0
    cost                                20
    cost per new customer               20
    redeemed per new customer           0
    return                              10

    USD                        REWARDS  AMOUNT
    value of counted orders             280
    owed                       1        10
    issued                     5        45
      standing                 3        25
        above what is earned            0
      expired                  1        10
      taken back               1        10
    redeemed                   3        11
      of what stands no more            2
    cost                                27
    cost per new customer               9
    redeemed per new customer           3.67
    return                              10.37

    CHANNEL          CLICKS  ORDERS  COUNTED  NEW CUSTOMERS  VALUE    COST    REDEEMED
    default-channel  20      7       4        3              280 USD  27 USD  11 USD
    channel-pln      0       1       1        1              200 PLN  20 PLN  0 PLN
    -                40      2       0        0              -        -       -

    TOP CODE  CLICKS  REGISTERED  ORDERS  COUNTED  NEW CUSTOMERS  VALUE             COST            REDEEMED
    ALICE10   30      4           4       3        3              200 PLN, 150 USD  20 PLN, 27 USD  0 PLN, 11 USD
    BOBBY20   30      0           6       2        1              130 USD           0 USD           0 USD

    REFUSED BY      ORDERS
    campaign_limit  1
    order_stands    1

    WAITING FOR  ORDERS
    -            1
    hold         1

    """
}
