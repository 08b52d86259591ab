import NIOConcurrencyHelpers
package import Rules

/// The terms that hold now in this process. A new file takes the place of the old one between two
/// decisions, never within one.
package final class CurrentTerms: Sendable {
  private let standing: NIOLockedValueBox<TermsBook>

  /// Begins with a book.
  package init(_ book: TermsBook) {
    standing = NIOLockedValueBox(book)
  }

  /// The book that holds now.
  package var book: TermsBook { standing.withLockedValue { $0 } }

  /// Has another book hold from now on.
  package func replace(by book: TermsBook) { standing.withLockedValue { $0 = book } }
}
