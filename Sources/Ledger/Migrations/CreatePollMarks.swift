import Postgres

extension Migration {
  /// How far each store's orders have been read, and who reads them now.
  static let createPollMarks = Migration(
    name: "20261121170000_create_poll_marks",
    up: """
      CREATE TABLE poll_marks (
        store_id integer PRIMARY KEY REFERENCES stores,
        mark timestamptz,
        last_run_at timestamptz NOT NULL,
        last_error text,
        epoch bigint NOT NULL,
        lease_until timestamptz
      );
      COMMENT ON COLUMN poll_marks.mark IS
        'by the store''s clock: what changed before it is in the inbox; null before the first run';
      COMMENT ON COLUMN poll_marks.lease_until IS
        'until when the run of this epoch counts as going on; null once it has ended';
      """,
    down: "DROP TABLE poll_marks;")
}
