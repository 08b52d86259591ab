/// What a repository can find beside the database's own errors.
package enum LedgerError: Error, Sendable, Equatable {
  /// A row that was written a moment ago is not there.
  case rowMissing(String)
  /// A value in a row is none that this version of Laurel writes.
  case unknownValue(String)
  /// A migration is missing in the database, or is one that this version does not know.
  case notUpToDate(String)
}
