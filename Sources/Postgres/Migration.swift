package import FoundationEssentials

/// One step of the schema, forward and back. Each runs in a transaction of its own, so it holds
/// no BEGIN or COMMIT and nothing that PostgreSQL refuses in a transaction.
package struct Migration: Sendable {
  /// The moment of its making and what it does, such as `20261121090000_create_inbox`: lower-case
  /// ASCII letters, digits and `_`. Migrations are applied in the order of their names.
  package let name: String
  /// The statements that make the change.
  package let up: String
  /// The statements that take it back.
  package let down: String

  /// A step with these statements.
  package init(name: String, up: String, down: String) {
    self.name = name
    self.up = up
    self.down = down
  }
}

/// Where one migration stands.
package struct MigrationStatus: Hashable, Sendable {
  /// The migration's name.
  package let name: String
  /// When it was applied; nil while it is pending.
  package let appliedAt: Date?
  /// Whether this program knows it; false for one that a newer or another program applied.
  package let isDeclared: Bool
}

/// Why the schema was not changed, or not all the way.
package struct MigrationError: Error, Hashable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: Hashable, Sendable {
    /// The declared names are not well-formed, ascending and unique.
    case names
    /// What the database has applied is not the beginning of what is declared.
    case mismatch
    /// Another process held the lock for longer than one may wait.
    case busy
    /// A migration failed and was rolled back; those before it stay.
    case failed
  }

  /// The kind of failure.
  package let code: Code
  /// What happened, with the names concerned.
  package let message: String
  /// What the database said.
  package let cause: PostgresError?
  /// Applied in the database but not declared here, for `mismatch`.
  package let unknown: [String]
  /// Declared before one that is applied, yet not applied, for `mismatch`.
  package let skipped: [String]

  /// An error with the given parts.
  init(
    _ code: Code, _ message: String, cause: PostgresError? = nil, unknown: [String] = [],
    skipped: [String] = []
  ) {
    self.code = code
    self.message = message
    self.cause = cause
    self.unknown = unknown
    self.skipped = skipped
  }

  /// Whether trying again later can help.
  package var isRetryable: Bool { code == .busy || cause?.isRetryable == true }

  /// One line for an operator.
  package var description: String {
    "migration \(code): \(message)\(cause.map { " (\($0))" } ?? "")"
  }
}
