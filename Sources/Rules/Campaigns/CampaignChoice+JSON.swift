extension [CampaignChoice.Misfit] {
  /// As it is kept with a decision: a JSON object of reasons by campaign, in this sequence; `nil` when
  /// there are none.
  package var json: String? {
    guard !isEmpty else { return nil }
    var writer = StoredJSONWriter()
    writer.open("{")
    for misfit in self {
      writer.name(misfit.campaign)
      writer.write(misfit.reason)
    }
    writer.close("}")
    return writer.text
  }

  /// Reads what was kept, in its sequence.
  /// - Throws: `StoredJSONError` for what is no JSON, or no object of reasons.
  package init(json: String) throws(StoredJSONError) {
    var reader = StoredJSONReader(json)
    var misfits: [CampaignChoice.Misfit] = []
    try reader.object { (reader, name) throws(StoredJSONError) in
      misfits.append(.init(campaign: name, reason: try reader.string()))
    }
    try reader.end()
    self = misfits
  }
}
