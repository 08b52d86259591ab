package import Domain

/// What holds for the orders of one channel of one store: what is given, on which conditions, and
/// by which rules.
package struct Terms: Sendable {
  /// What is given away.
  package var programme: Programme
  /// On which orders.
  package var conditions: Conditions
  /// Which cases are doubtful.
  package var rules: RuleSet
  /// What becomes of doubtful cases.
  package var review: ReviewTerms
  /// Where the storefront leaves its marks in the order's metadata.
  package var marks: OrderMarks
  /// The campaigns that the file names, in its sequence; empty where it names none.
  package var namedCampaigns: [Campaign] = []

  /// The campaigns that there are: those that are named, or else the one that the programme is.
  package var campaigns: [Campaign] {
    namedCampaigns.isEmpty ? [Campaign(programme)] : namedCampaigns
  }

  /// Puts terms together.
  package init(
    programme: Programme, conditions: Conditions = Conditions(), rules: RuleSet = .none,
    review: ReviewTerms = ReviewTerms(), marks: OrderMarks = OrderMarks()
  ) {
    self.programme = programme
    self.conditions = conditions
    self.rules = rules
    self.review = review
    self.marks = marks
  }
}

/// What becomes of doubtful cases.
package struct ReviewTerms: Sendable, Equatable {
  /// For how many days somebody can decide, 1 to 90.
  package var days = 14
  /// What is decided when nobody did: approve or reject.
  package var otherwise = Rule.Verdict.reject

  /// The terms as they come.
  package init() {}
}

/// Under which keys of an order's metadata a storefront leaves what it knows of the buyer.
package struct OrderMarks: Sendable, Equatable {
  /// The key of the buyer's IP address.
  package var ipKey = "client_ip"
  /// The key of an id of the buyer's device.
  package var deviceKey = "device_id"

  /// The keys as they come.
  package init() {}
}
