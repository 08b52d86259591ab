import Postgres

extension Migration {
  /// Bodies are compressed with LZ4, in a third of the time that PostgreSQL's own method takes: it
  /// was most of what a delivery cost. Bodies that are there stay as they are, and are read as
  /// before.
  ///
  /// A server that was built without LZ4 keeps its own method.
  static let compressQuickly = Migration(
    name: "20261122030000_compress_quickly",
    up: """
      DO $$
      BEGIN
        ALTER TABLE inbox_bodies ALTER COLUMN body SET COMPRESSION lz4;
      EXCEPTION WHEN feature_not_supported THEN
        RAISE NOTICE 'this server was built without LZ4: bodies are compressed with pglz';
      END
      $$
      """,
    down: "ALTER TABLE inbox_bodies ALTER COLUMN body SET COMPRESSION default")
}
