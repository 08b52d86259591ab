import Postgres

extension Migration {
  /// Customers whose accounts were deleted, and which deliveries tell of whom, so that what is
  /// personal in the ledger can be found and erased.
  static let eraseCustomers = Migration(
    name: "20261121230200_erase_customers",
    up: """
      CREATE TABLE erasures (
        store_id integer NOT NULL REFERENCES stores,
        customer_id text NOT NULL,
        email text,
        told_at timestamptz NOT NULL DEFAULT now(),
        next_check_at timestamptz DEFAULT now(),
        checks integer NOT NULL DEFAULT 0,
        lease_until timestamptz,
        epoch bigint NOT NULL DEFAULT 0,
        erased_at timestamptz,
        PRIMARY KEY (store_id, customer_id)
      );
      COMMENT ON TABLE erasures IS
        'customers of whom an event told that their account was deleted';
      COMMENT ON COLUMN erasures.email IS 'the address that the event told; gone once erased';
      COMMENT ON COLUMN erasures.next_check_at IS
        'when the store is asked whether the account is gone; null when nothing is left to do';
      CREATE INDEX erasures_due ON erasures (store_id, next_check_at)
        WHERE next_check_at IS NOT NULL;

      CREATE TABLE inbox_customers (
        store_id integer NOT NULL,
        customer_id text NOT NULL,
        event_id bytea NOT NULL,
        PRIMARY KEY (store_id, customer_id, event_id)
      );
      COMMENT ON TABLE inbox_customers IS 'which deliveries tell of a customer';
      """,
    down: """
      DROP TABLE inbox_customers;
      DROP TABLE erasures;
      """)
}
