import Postgres

extension Migration {
  /// Newcomers who named a code when they registered.
  static let createBindings = Migration(
    name: "20261121092000_create_bindings",
    up: """
      CREATE TABLE bindings (
        store_id integer NOT NULL REFERENCES stores,
        customer_id text NOT NULL,
        mailbox text,
        ref_code text NOT NULL,
        bound_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (store_id, customer_id)
      );
      COMMENT ON COLUMN bindings.mailbox IS
        'the mailbox of the address, so that an order as a guest counts too';
      CREATE INDEX bindings_mailbox ON bindings (store_id, mailbox);
      """,
    down: "DROP TABLE bindings;")
}
