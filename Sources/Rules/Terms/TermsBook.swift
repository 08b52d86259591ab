package import Domain

/// The terms of a configuration file, for every store and channel, and which file that was.
package struct TermsBook: Sendable {
  /// Terms that hold for a part of the stores and channels only.
  package struct Section: Sendable {
    /// The store; `nil` for all.
    package let store: StoreAddress?
    /// The channels' slugs; empty for all.
    package let channels: Set<String>
    /// The terms.
    package let terms: Terms

    /// Puts a section together.
    package init(store: StoreAddress?, channels: Set<String>, terms: Terms) {
      self.store = store
      self.channels = channels
      self.terms = terms
    }
  }

  /// The version where there is no file.
  package static let environmentVersion = "environment"

  /// The time zone where none is named.
  package static let standardTimeZone = "UTC"

  /// Which rules these are: the SHA-256 of `text` in hex, or `environmentVersion` where there is no
  /// file.
  package let version: String
  /// The file as it was read, and behind it the list of throw-away mail services where a condition
  /// names it; empty where there is none. It is enough to read the rules again.
  package let text: String
  /// What holds where no section does.
  package let standard: Terms
  /// What holds in parts; of several that fit, the last counts.
  package let sections: [Section]
  /// The shop's time zone as PostgreSQL knows it, such as `Europe/Berlin`: by it the days of campaigns
  /// begin and figures are counted.
  package let timeZone: String

  /// The version as people are told: the first 12 digits of a hash.
  package var shortVersion: String { String(version.prefix(12)) }

  /// Puts a book together.
  package init(
    version: String, text: String, standard: Terms, sections: [Section] = [],
    timeZone: String = TermsBook.standardTimeZone
  ) {
    self.timeZone = timeZone
    self.version = version
    self.text = text
    self.standard = standard
    self.sections = sections
  }

  /// What holds for a channel of a store.
  package func terms(store: StoreAddress, channel: String) -> Terms {
    sections.last {
      ($0.store == nil || $0.store == store)
        && ($0.channels.isEmpty || $0.channels.contains(channel))
    }?.terms ?? standard
  }

  /// All terms that can hold for a store, or for any.
  package func all(for store: StoreAddress? = nil) -> [Terms] {
    [standard]
      + sections.filter { store == nil || $0.store == nil || $0.store == store }.map(\.terms)
  }
}

extension [Terms] {
  /// What rewards can be: `voucher` when one of them can be a voucher, which needs all that gift
  /// cards need and more.
  package var widestKind: RewardKind {
    flatMap(\.campaigns).flatMap(\.offers).contains { $0.kind == .voucher }
      ? .voucher : .giftCard
  }
}
