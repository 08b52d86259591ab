/// Whether a ledger may issue for a store, judged by its marks.
package enum LedgerVerdict: Sendable, Equatable {
  /// Why nothing may be issued until a human has acted.
  package enum Stop: String, Sendable, Equatable {
    /// The code key that the ledger or the store names is not at hand.
    case wrongKey
    /// The store names another ledger.
    case anotherInstallation
    /// A copy of this ledger has taken the App over.
    case superseded
  }

  /// A ledger as it stands in its database.
  package struct Ledger: Sendable, Equatable {
    /// Its marks.
    package var marks: LedgerMarks
    /// Whether it is known to have been put back, and what follows from that is not done yet.
    package var isRestoring: Bool
    /// Whether a human has said that it counts, whatever the store says.
    package var takesOver: Bool
    /// Whether it has noticed before that a copy of it has taken the App over.
    package var isSuperseded: Bool

    /// A ledger with these marks.
    package init(
      marks: LedgerMarks, isRestoring: Bool = false, takesOver: Bool = false,
      isSuperseded: Bool = false
    ) {
      self.marks = marks
      self.isRestoring = isRestoring
      self.takesOver = takesOver
      self.isSuperseded = isSuperseded
    }
  }

  /// All is well.
  case confirmed
  /// All is well, and the store's marks have to be written: it has none, or older ones, or a newer
  /// key is in use.
  case unmarked
  /// The ledger is older than the store remembers: its generation has to be raised above both, and
  /// what it does not know has to be found out.
  case restored
  /// The generation is raised; what was begun then has to be brought to its end.
  case restoring
  /// Nothing may be issued.
  case stopped(Stop)

  /// Judges `ledger`.
  ///
  /// - Parameters:
  ///   - store: what the store says, read before the ledger was; `nil` when it has no marks. In this
  ///     sequence another process of the same ledger cannot make the store look ahead of it.
  ///   - keys: the ids of the code keys at hand, newest first.
  ///   - remembered: what this process last knew of the ledger; `nil` before the first time.
  package static func of(
    _ ledger: Ledger, store: LedgerMarks?, keys: [String], remembered: LedgerMarks?
  ) -> LedgerVerdict {
    let own = ledger.marks
    if ledger.takesOver {
      let hasBegun = ledger.isRestoring && keys.contains(own.key)
      return hasBegun && store?.isAhead(of: own) != true ? .restoring : .restored
    }
    if ledger.isSuperseded { return .stopped(.superseded) }
    if !keys.contains(own.key) { return .stopped(.wrongKey) }
    let hasGoneBack = remembered?.isAhead(of: own) ?? false
    if let store {
      if store.installation != own.installation { return .stopped(.anotherInstallation) }
      if !keys.contains(store.key) { return .stopped(.wrongKey) }
      // With its own database as this process remembers it, only a copy can have gone on.
      if store.generation > own.generation, remembered != nil, !hasGoneBack {
        return .stopped(.superseded)
      }
      if store.isAhead(of: own) { return .restored }
    }
    if hasGoneBack { return .restored }
    if ledger.isRestoring { return .restoring }
    return store?.generation == own.generation && store?.key == keys.first ? .confirmed : .unmarked
  }
}
