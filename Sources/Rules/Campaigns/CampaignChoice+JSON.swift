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
}
