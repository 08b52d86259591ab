import Rules

/// The campaigns that an order was passed over by, as the commands show them: in the sequence in
/// which they were asked, and for programs as an object of reasons.
struct PassedOverReport: Encodable, Sendable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let misfits: [CampaignChoice.Misfit]

  init(_ misfits: [CampaignChoice.Misfit]) {
    self.misfits = misfits
  }

  /// A line for each.
  func add(to table: inout TextTable) {
    for misfit in misfits { table.add(["not campaign \(misfit.campaign)", misfit.reason]) }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for misfit in misfits {
      try container.encode(misfit.reason, forKey: Name(stringValue: misfit.campaign))
    }
  }
}
