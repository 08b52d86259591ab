import Postgres

extension Migration {
  /// Every paid order of a mailbox, not only the oldest: that one may fall, and then the next one
  /// tells that its buyer is not new.
  static let keepEveryPurchase = Migration(
    name: "20261121220510_keep_every_purchase",
    up: """
      DELETE FROM buyers USING buyers AS older
      WHERE older.store_id = buyers.store_id AND older.order_id = buyers.order_id
        AND (older.ordered_at, older.mailbox) < (buyers.ordered_at, buyers.mailbox);
      ALTER TABLE buyers
        DROP CONSTRAINT buyers_pkey,
        ADD PRIMARY KEY (store_id, order_id);
      CREATE INDEX buyers_mailbox ON buyers (store_id, mailbox, ordered_at);
      COMMENT ON TABLE buyers IS
        'the paid orders that deliveries told of, with and without a code, by the buyer''s mailbox';
      """,
    down: """
      DELETE FROM buyers USING buyers AS older
      WHERE older.store_id = buyers.store_id AND older.mailbox = buyers.mailbox
        AND (older.ordered_at, older.order_id) < (buyers.ordered_at, buyers.order_id);
      DROP INDEX buyers_mailbox;
      ALTER TABLE buyers
        DROP CONSTRAINT buyers_pkey,
        ADD PRIMARY KEY (store_id, mailbox);
      COMMENT ON TABLE buyers IS
        'the oldest paid order of each mailbox that a delivery told of, with and without a code';
      """)
}
