/// What a repository can find beside the database's own errors.
package enum LedgerError: Error, Sendable, Equatable {
  /// A row that was written a moment ago is not there.
  case rowMissing(String)
  /// A value in a row is none that this version of Laurel writes.
  case unknownValue(String)
  /// A migration is missing in the database, or is one that this version does not know.
  case notUpToDate(String)
}

extension LedgerError: CustomStringConvertible {
  /// A sentence for an operator.
  package var description: String {
    switch self {
    case .rowMissing(let table): "a row of \(table) that was just written is not there"
    case .unknownValue(let place): "\(place) has a value that this version does not know"
    case .notUpToDate(let name):
      "the database's schema differs at migration \(name); run laurel migrate up"
    }
  }
}
