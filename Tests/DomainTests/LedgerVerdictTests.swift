import Domain
import Testing

@Suite struct LedgerVerdictTests {
  /// What is judged, and the verdict.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var ledger = marks()
    var isRestoring = false
    var takesOver = false
    var isSuperseded = false
    var store: LedgerMarks? = marks()
    var keys = ["new", "old"]
    var remembered: LedgerMarks?
    let verdict: LedgerVerdict
  }

  static func marks(
    _ installation: String = "this", key: String = "new", generation: Int = 2, position: Int = 10
  ) -> LedgerMarks {
    LedgerMarks(
      installation: installation, key: key, generation: generation, position: position)
  }

  static let cases = [
    Case(testDescription: "the first time", store: nil, verdict: .unmarked),
    Case(testDescription: "all is well", verdict: .confirmed),
    Case(testDescription: "all stays well", remembered: marks(), verdict: .confirmed),
    Case(
      testDescription: "another process raised the position", ledger: marks(position: 12),
      remembered: marks(), verdict: .confirmed),
    Case(
      testDescription: "the store was not told of the last raise", store: marks(position: 9),
      verdict: .confirmed),
    Case(
      testDescription: "the store shows an older generation, by a late write or a stale read",
      store: marks(generation: 1, position: 99), verdict: .unmarked),
    Case(
      testDescription: "the marks are gone at the store", store: nil, remembered: marks(),
      verdict: .unmarked),
    Case(
      testDescription: "a newer key is in use", ledger: marks(key: "old"),
      store: marks(key: "old"), verdict: .unmarked),
    Case(
      testDescription: "the store names a key that is not at hand", store: marks(key: "lost"),
      verdict: .stopped(.wrongKey)),
    Case(
      testDescription: "the ledger names a key that is not at hand", ledger: marks(key: "lost"),
      store: nil, verdict: .stopped(.wrongKey)),
    Case(
      testDescription: "another installation", store: marks("other", generation: 1, position: 1),
      verdict: .stopped(.anotherInstallation)),
    Case(
      testDescription: "an older position", store: marks(position: 11), verdict: .restored),
    Case(
      testDescription: "an older generation", store: marks(generation: 3, position: 1),
      verdict: .restored),
    Case(
      testDescription: "an older generation, and the database went back under this process",
      store: marks(generation: 3, position: 1), remembered: marks(position: 11),
      verdict: .restored),
    Case(
      testDescription: "the database went back, and the store has not heard of what is lost",
      remembered: marks(position: 11), verdict: .restored),
    Case(
      testDescription: "the database went back, and the store has no marks", store: nil,
      remembered: marks(position: 11), verdict: .restored),
    Case(
      testDescription: "a copy went on, and this database is as this process knows it",
      store: marks(generation: 3, position: 1), remembered: marks(), verdict: .stopped(.superseded)),
    Case(
      testDescription: "superseded before", isSuperseded: true, verdict: .stopped(.superseded)),
    Case(testDescription: "interrupted", isRestoring: true, verdict: .restoring),
    Case(
      testDescription: "interrupted before the store was told", isRestoring: true,
      store: marks(generation: 1), verdict: .restoring),
    Case(
      testDescription: "interrupted, and put back again", isRestoring: true,
      store: marks(generation: 3), verdict: .restored),
    Case(
      testDescription: "restored by a human with the wrong key", isRestoring: true,
      store: marks(key: "lost"), verdict: .stopped(.wrongKey)),
    Case(
      testDescription: "takes over from another installation", takesOver: true,
      store: marks("other", generation: 7), verdict: .restored),
    Case(
      testDescription: "has begun to take over", isRestoring: true, takesOver: true,
      store: marks("other", generation: 1), verdict: .restoring),
    Case(
      testDescription: "the other one went on meanwhile", isRestoring: true, takesOver: true,
      store: marks("other", generation: 3), verdict: .restored),
    Case(
      testDescription: "has taken over", isRestoring: true, takesOver: true, verdict: .restoring),
    Case(
      testDescription: "takes over with a new key", ledger: marks(key: "lost"), takesOver: true,
      store: marks(key: "lost"), verdict: .restored),
    Case(
      testDescription: "takes over from a copy of itself", takesOver: true, isSuperseded: true,
      store: marks(generation: 5), verdict: .restored),
    Case(
      testDescription: "takes over where there are no marks", takesOver: true, store: nil,
      verdict: .restored),
  ]

  @Test(arguments: cases) func table(_ given: Case) {
    let ledger = LedgerVerdict.Ledger(
      marks: given.ledger, isRestoring: given.isRestoring, takesOver: given.takesOver,
      isSuperseded: given.isSuperseded)
    #expect(
      LedgerVerdict.of(
        ledger, store: given.store, keys: given.keys, remembered: given.remembered)
        == given.verdict)
  }

  @Test func aRestorationComesToItsEnd() {
    // Whatever the marks, raised above both and written at the store they are confirmed.
    for given in Self.cases where given.verdict == .restored {
      var ledger = LedgerVerdict.Ledger(
        marks: given.ledger, isRestoring: true, takesOver: given.takesOver)
      ledger.marks.key = "new"
      ledger.marks.generation = max(given.ledger.generation, given.store?.generation ?? 0) + 1
      ledger.marks.position = max(given.ledger.position, given.store?.position ?? 0) + 1
      func verdict(_ store: LedgerMarks?) -> LedgerVerdict {
        LedgerVerdict.of(ledger, store: store, keys: given.keys, remembered: nil)
      }
      #expect(verdict(ledger.marks) == .restoring)
      ledger.isRestoring = false
      ledger.takesOver = false
      #expect(verdict(ledger.marks) == .confirmed)
    }
  }
}
