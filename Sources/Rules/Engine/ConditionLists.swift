/// The lists that conditions name. Each is made ready once for each kind of text, however many
/// conditions name it; for one reading of a file, in one task.
package final class ConditionLists {
  /// An entry that is not of the kind of text for which a condition takes its list.
  package struct Misfit: Sendable {
    /// The list's name.
    package let list: String
    /// The entry's number in it, from 0.
    package let index: Int
    /// What it should be.
    package let kind: TextKind
  }

  private struct Key: Hashable {
    let name: String
    let kind: TextKind
  }

  private let entries: [String: [String]]
  private let ready: [String: (kind: TextKind, entries: Set<String>)]
  private let missing: [String: String]
  private var sets: [Key: EntrySet] = [:]

  /// What does not fit in the lists that were asked for. A misfit is in no set.
  package private(set) var misfits: [Misfit] = []

  /// Takes lists by their names.
  /// - Parameters:
  ///   - ready: lists of one kind, in the form in which they are compared.
  ///   - missing: lists that could be there, and a sentence that says where.
  package init(
    _ entries: [String: [String]] = [:],
    ready: [String: (kind: TextKind, entries: Set<String>)] = [:], missing: [String: String] = [:]
  ) {
    self.entries = entries
    self.ready = ready
    self.missing = missing
  }

  /// Every name.
  var names: [String] { (Array(entries.keys) + Array(ready.keys)).sorted() }

  /// Whether there is such a list.
  func has(_ name: String) -> Bool { entries[name] != nil || ready[name] != nil }

  /// Why there is no list of this name.
  func refusal(of name: String) -> String {
    missing[name]
      ?? "There is no list `\(name)`\(NearestName.ending(for: name, among: names))"
  }

  /// The kind of a list that is of one kind.
  func kind(of name: String) -> TextKind? { ready[name]?.kind }

  /// The set of the entries of a list; `nil` where there is none.
  func set(_ name: String, of kind: TextKind) -> EntrySet? {
    let key = Key(name: name, kind: kind)
    if let set = sets[key] { return set }
    if let ready = ready[name] { sets[key] = EntrySet(ready.entries, of: kind) }
    if let entries = entries[name] {
      let (set, indices) = EntrySet.read(entries, of: kind)
      sets[key] = set
      misfits += indices.map { Misfit(list: name, index: $0, kind: kind) }
    }
    return sets[key]
  }
}
