import Domain
import Rules
import YAML

/// A rule as one part of the file writes it, perhaps not whole: a section changes single fields of a
/// rule that stands above.
struct RuleDraft: Sendable {
  /// A value with its place.
  struct Placed<Value: Sendable>: Sendable {
    let value: Value
    let place: YAMLPlace
  }

  /// The keys of a rule.
  static let keys = ["name", "when", "then", "weight", "reason", "mode"]

  /// The rule's name.
  let name: String
  /// Whether it is the name that is written.
  let isNamed: Bool
  /// Where the rule begins.
  let place: YAMLPlace
  /// The keys that have a value, right or wrong.
  var written: Set<String>
  /// When it hits.
  var when: Placed<YAMLScalar>?
  /// What it gives.
  var verdict: Placed<Rule.Verdict>?
  /// What it adds to the score.
  var weight: Placed<Int>?
  /// Why.
  var reason: String?
  /// Whether it acts.
  var mode: Rule.Mode?

  /// This draft with the fields that it leaves out taken from `other`.
  func over(_ other: RuleDraft) -> RuleDraft {
    var draft = self
    draft.written.formUnion(other.written)
    draft.when = when ?? other.when
    draft.verdict = verdict ?? other.verdict
    draft.weight = weight ?? other.weight
    draft.reason = reason ?? other.reason
    draft.mode = mode ?? other.mode
    return draft
  }

  /// The rule, when nothing is missing and nothing contradicts.
  /// - Parameters:
  ///   - lists: the lists that conditions can name.
  ///   - isOfSection: whether a section brings it, where no rule of the name stands above.
  ///   - read: the condition, where it was read already.
  func rule(
    lists: ConditionLists, isOfSection: Bool, read: Condition? = nil, _ reader: inout NodeReader
  ) -> Rule? {
    // Without a name a section's rule can be a change of one above.
    if isNamed || !isOfSection { checkKeys(isOfSection: isOfSection, &reader) }
    checkWeight(&reader)
    guard let condition = read ?? condition(lists: lists, &reader), let reason else { return nil }
    if verdict?.value == .reject, condition.restsOnNetworkAlone, let when {
      reader.fault(
        "the rule \(name) could reject by the network alone, which many people share: ask for "
          + "something else too (`and`), or let it review",
        at: when.value.place(at: 0))
    }
    return Rule(
      name: name, reason: reason, condition: condition, verdict: verdict?.value,
      weight: weight?.value ?? 0, mode: mode ?? .on)
  }

  private func checkKeys(isOfSection: Bool, _ reader: inout NodeReader) {
    for (key, purpose) in [
      ("when", "the condition under which it hits"),
      ("reason", "a sentence that says why, for whoever looks at the case"),
    ] where !written.contains(key) {
      reader.fault(
        "the rule \(name) has no `\(key)`: \(purpose)"
          + (isOfSection ? "; no rule of this name stands above, so it has to be whole" : ""),
        at: place)
    }
    if !written.contains("then"), !written.contains("weight") {
      reader.fault(
        "the rule \(name) has neither `then` nor `weight`, so a hit would change nothing", at: place
      )
    }
  }

  private func checkWeight(_ reader: inout NodeReader) {
    guard let weight else { return }
    if verdict?.value == .approve, weight.value > 0 {
      reader.fault(
        "the rule \(name) approves, so its weight must be 0 or less: it cannot speak against the "
          + "order", at: weight.place)
    }
    if verdict?.value != .approve, weight.value < 0 {
      reader.fault(
        "the rule \(name) must have a weight of 0 or more; only a rule with `then: approve` can "
          + "take from the score", at: weight.place)
    }
  }

  private func condition(lists: ConditionLists, _ reader: inout NodeReader) -> Condition? {
    guard let when else { return nil }
    do throws(Condition.Fault) {
      return try Condition(when.value.text, lists: lists)
    } catch {
      reader.fault("the rule \(name): \(error.message)", at: when.value.place(at: error.offset))
      return nil
    }
  }
}
