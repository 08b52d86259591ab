import Postgres

extension Migration {
  /// How often invitations were followed: one row for each code and day, however many clicks.
  static let createClicks = Migration(
    name: "20261122010000_create_clicks",
    up: """
      CREATE TABLE clicks (
        store_id integer NOT NULL REFERENCES stores,
        code text NOT NULL,
        day date NOT NULL,
        campaign text NOT NULL DEFAULT '',
        channel text NOT NULL DEFAULT '',
        clicks bigint NOT NULL CHECK (clicks > 0),
        PRIMARY KEY (store_id, code, day, campaign, channel),
        FOREIGN KEY (store_id, code) REFERENCES referral_codes (store_id, code)
      );
      COMMENT ON TABLE clicks IS 'followed invitations; nothing of who followed them';
      COMMENT ON COLUMN clicks.day IS 'the day in UTC';
      COMMENT ON COLUMN clicks.campaign IS 'the campaign of the link; empty for the default one';
      COMMENT ON COLUMN clicks.channel IS 'the sales channel that the link led to; empty if none';
      CREATE INDEX clicks_day ON clicks (store_id, day);
      """,
    down: "DROP TABLE clicks;")
}
