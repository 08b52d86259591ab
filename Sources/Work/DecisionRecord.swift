import Domain
import Ledger
import Rules

extension DecisionRepository.Record {
  /// A decision as it is kept: by which rules, and on which facts as far as they were gathered, without
  /// those of `forgotten`.
  init(
    _ book: TermsBook, _ terms: Terms, _ order: Order?, _ ruling: DecisionWriter.Ruling,
    _ examination: Examination? = nil, forgets forgotten: [Signal] = []
  ) {
    self.init(
      book, terms, order, ruling.outcome, by: ruling.decidedBy, rule: ruling.rule,
      reason: ruling.reason)
    if let award = ruling.award {
      reward = award.total
      campaignID = award.campaign.id
    }
    campaignsPassedOver = ruling.passedOver.json
    if var sheet = examination?.gathered?.sheet {
      erasedFacts = forgotten.filter { sheet[$0] != nil }.map(\.name).sorted()
      for signal in forgotten { sheet[signal] = nil }
      facts = sheet.json
    }
    if let judgement = examination?.judgement {
      score = judgement.score
      ruleOutcomes = judgement.outcomes.json
      ruleHits = judgement.hits
    }
  }

  /// A decision that no campaign and no rule was asked for.
  init(
    _ book: TermsBook, _ terms: Terms, _ order: Order?, _ outcome: DecisionRepository.Outcome,
    by source: DecisionRepository.Source, rule: String?, reason: String?
  ) {
    self.init(
      rulesVersion: book.version, rulesText: book.text, channel: order?.channel,
      outcome: outcome, decidedBy: source, rule: rule, reason: reason,
      orderValue: order?.spending,
      reward: terms.namedCampaigns.isEmpty ? terms.programme.reward : nil)
  }
}
