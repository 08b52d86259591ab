import Postgres

extension Migration {
  /// The outbox: one letter for each reward that is to be sent.
  static let createLetters = Migration(
    name: "20261121130000_create_letters",
    up: """
      CREATE TABLE letters (
        store_id integer NOT NULL REFERENCES stores,
        reward_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'waiting'
          CHECK (status IN ('waiting', 'sent', 'bounced', 'failed')),
        unconfirmed integer NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz DEFAULT now(),
        lease_until timestamptz,
        epoch bigint NOT NULL DEFAULT 0,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        sent_at timestamptz,
        PRIMARY KEY (store_id, reward_id),
        FOREIGN KEY (store_id, reward_id) REFERENCES rewards (store_id, id),
        CHECK ((status = 'waiting') = (next_attempt_at IS NOT NULL)),
        CHECK ((status = 'sent') = (sent_at IS NOT NULL))
      );
      COMMENT ON COLUMN letters.unconfirmed IS
        'how often the letter was handed over without a word that it went out';
      CREATE INDEX letters_due ON letters (store_id, next_attempt_at) WHERE status = 'waiting';
      """,
    down: "DROP TABLE letters;")
}
