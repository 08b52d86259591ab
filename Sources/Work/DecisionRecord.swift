import Domain
import Ledger
import Rules

extension DecisionRepository.Record {
  /// A decision as it is kept: by which rules, and on which facts as far as they were gathered, without
  /// those of `forgotten`.
  init(
    _ book: TermsBook, _ terms: Terms, _ order: Order?, _ outcome: DecisionRepository.Outcome,
    by source: DecisionRepository.Source, rule: String?, reason: String?,
    _ examination: Examination? = nil, forgets forgotten: [Signal] = []
  ) {
    self.init(
      rulesVersion: book.version, rulesText: book.text, channel: order?.channel,
      outcome: outcome, decidedBy: source, rule: rule, reason: reason,
      orderValue: order?.spending, reward: terms.programme.reward)
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
}
