package struct StoredJSONError: Error {}
extension FactSheet {
  package var json: String { "{}" }
  package init(json: String) throws(StoredJSONError) { self.init() }
}
extension [Judgement.RuleOutcome] {
  package var json: String { "{}" }
  package init(json: String) throws(StoredJSONError) { self = [] }
}
