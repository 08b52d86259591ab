import Domain
import Rules
import YAML

/// What `laurel rules check` found, for programs.
struct RulesReport: Encodable {
  /// Something that is wrong.
  struct Fault: Encodable {
    /// The line, from 1.
    let line: Int
    /// The column, from 1.
    let column: Int
    /// What is wrong.
    let message: String
  }

  /// A rule.
  struct RuleLine: Encodable {
    /// Its name.
    let name: String
    /// Its condition, as it is written.
    let when: String
    /// What it gives; `nil` when only its weight counts.
    let then: String?
    /// What it adds to the score.
    let weight: Int
    /// on or shadow.
    let mode: String
    /// Why.
    let reason: String
  }

  /// What holds on top, or in a section.
  struct Part: Encodable {
    /// The store's address; `nil` for all.
    let store: String?
    /// The channels; empty for all.
    let channels: [String]
    /// gift_card or voucher; `nil` where campaigns say what is given.
    let rewardType: String?
    /// A decimal.
    let rewardAmount: String?
    /// Of ISO 4217.
    let rewardCurrency: String?
    /// The campaigns that are named, in the sequence in which they are tried.
    let campaigns: [CampaignReport]
    /// A decimal in that currency.
    let minimumOrder: String?
    /// From which score on a case goes to review.
    let reviewAt: Int?
    /// From which score on it is rejected.
    let rejectAt: Int?
    /// For how many days somebody can decide.
    let reviewDays: Int
    /// What is decided when nobody did.
    let reviewOtherwise: String
    /// The rules that count there.
    let rules: [RuleLine]

    /// What these terms say.
    init(_ terms: Terms, store: StoreAddress? = nil, channels: Set<String> = []) {
      self.store = store?.canonical
      self.channels = channels.sorted()
      let programme = terms.namedCampaigns.isEmpty ? terms.programme : nil
      rewardType = programme?.kind.rawValue
      rewardAmount = (programme?.reward.amount).map { "\($0)" }
      rewardCurrency = programme?.reward.currency.code
      campaigns = terms.namedCampaigns.map(CampaignReport.init)
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

  /// The file; `nil` where there is none.
  let file: String?
  /// The version of the rules; `nil` when something is wrong.
  let version: String?
  /// What is wrong in the environment.
  let environmentFaults: [String]
  /// What is wrong in the file.
  let faults: [Fault]
  /// What should be known.
  let notices: [String]
  /// The shop's time zone; `nil` when something is wrong.
  let timeZone: String?
  /// What holds on top; `nil` when something is wrong.
  let standard: Part?
  /// What holds in sections.
  let sections: [Part]

  /// A report on what was read from `file`.
  init(_ reading: TermsSource.Reading, file: String?) {
    self.file = file
    version = reading.book?.version
    environmentFaults = reading.environmentFaults
    faults = reading.fileFaults.map {
      Fault(line: $0.place.line, column: $0.place.column, message: $0.message)
    }
    notices = reading.notices
    timeZone = reading.book?.timeZone
    standard = reading.book.map { Part($0.standard) }
    sections = (reading.book?.sections ?? []).map {
      Part($0.terms, store: $0.store, channels: $0.channels)
    }
  }
}
