import Postgres

extension Migration {
  /// The minimum by which a reward was due, so that a later one takes nothing back. Of what was
  /// decided before, it is not known, and none is asked for.
  static let keepMinimum = Migration(
    name: "20261121220500_keep_minimum",
    up: """
      ALTER TABLE referrals
        ADD COLUMN minimum_order numeric CHECK (minimum_order > 0),
        ADD COLUMN minimum_order_currency text,
        ADD CONSTRAINT referrals_minimum_check
          CHECK ((minimum_order IS NULL) = (minimum_order_currency IS NULL));
      COMMENT ON COLUMN referrals.minimum_order IS
        'what the order had to bring in when its reward was due, in minimum_order_currency; null for any amount';
      """,
    down: """
      ALTER TABLE referrals
        DROP COLUMN minimum_order,
        DROP COLUMN minimum_order_currency;
      """)
}
