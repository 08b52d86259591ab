import Postgres

extension Migration {
  /// Figures by the shop's days: clicks are counted under the day that it was in the shop, and the
  /// orders and registrations of a range of days are found without reading those of all years.
  static let countByShopDay = Migration(
    name: "20261122020400_count_by_shop_day",
    up: """
      COMMENT ON COLUMN clicks.day IS
        'the day in the shop''s time zone as it was set then; of older clicks in UTC';
      CREATE INDEX referrals_created ON referrals (store_id, created_at);
      CREATE INDEX bindings_bound ON bindings (store_id, bound_at);
      """,
    down: """
      DROP INDEX referrals_created, bindings_bound;
      COMMENT ON COLUMN clicks.day IS 'the day in UTC';
      """)
}
