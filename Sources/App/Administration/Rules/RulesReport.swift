import Domain
import Rules
import YAML

/// What `laurel rules check` found, for programs.
struct RulesReport: Encodable {
  /// Something that is wrong.
  struct Fault: Encodable {
    let line: Int
    let column: Int
    let message: String
  }

  /// A rule.
  struct RuleLine: Encodable {
    let name: String
    let when: String
    let then: String?
    let weight: Int
    let mode: String
    let reason: String
  }

  /// What holds on top, or in a section.
  struct Part: Encodable {
    let store: String?
    let channels: [String]
    let rewardType: String
    let rewardAmount: String
    let rewardCurrency: String
    let minimumOrder: String?
    let reviewAt: Int?
    let rejectAt: Int?
    let reviewDays: Int
    let reviewOtherwise: String
    let rules: [RuleLine]

    init(_ terms: Terms, store: StoreAddress? = nil, channels: Set<String> = []) {
      self.store = store?.canonical
      self.channels = channels.sorted()
      rewardType = terms.programme.kind.rawValue
      rewardAmount = "\(terms.programme.reward.amount)"
      rewardCurrency = terms.programme.reward.currency.code
      minimumOrder = (terms.conditions.minimumOrder?.amount).map { "\($0)" }
      reviewAt = terms.rules.reviewAt
      rejectAt = terms.rules.rejectAt
      reviewDays = terms.review.days
      reviewOtherwise = terms.review.otherwise.rawValue
      rules = terms.rules.rules.map {
        RuleLine(
          name: $0.name, when: $0.condition.source, then: $0.verdict?.rawValue,
          weight: $0.weight, mode: $0.mode.rawValue, reason: $0.reason)
      }
    }
  }

  let file: String?
  let version: String?
  let faults: [Fault]
  let notices: [String]
  let standard: Part?
  let sections: [Part]

  /// A report on what was read from `file`.
  init(_ reading: TermsSource.Reading, file: String?) {
    self.file = file
    version = reading.book?.version
    faults = reading.fileFaults.map {
      Fault(line: $0.place.line, column: $0.place.column, message: $0.message)
    }
    notices = reading.notices
    standard = reading.book.map { Part($0.standard) }
    sections = (reading.book?.sections ?? []).map {
      Part($0.terms, store: $0.store, channels: $0.channels)
    }
  }
}
