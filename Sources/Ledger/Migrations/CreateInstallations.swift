import Postgres

extension Migration {
  /// The stores that installed Laurel by themselves, each with the token that it gave.
  static let createInstallations = Migration(
    name: "20261121220000_create_installations",
    up: """
      CREATE TABLE installations (
        store_id integer PRIMARY KEY,
        app_id text NOT NULL,
        token bytea NOT NULL,
        key_id text NOT NULL,
        state text NOT NULL CHECK (state IN ('active', 'inactive', 'deleted')),
        state_issued_at timestamptz,
        manifest_version text NOT NULL,
        installed_at timestamptz NOT NULL DEFAULT now(),
        changed_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON COLUMN installations.app_id IS
        'of the latest installation; each has one of its own';
      COMMENT ON COLUMN installations.token IS
        'sealed under the key key_id; opens with the address of the store only';
      COMMENT ON COLUMN installations.state_issued_at IS
        'the time at the store of the latest event about the state; an older one changes nothing';
      """,
    down: """
      DROP TABLE installations;
      """)
}
