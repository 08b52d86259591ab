package import Domain

/// The conditions that a shop sets for its programme. As they come, they pay simply: every order
/// of the storefront counts, of any amount and in any channel, as often as friends come.
package struct Conditions: Sendable {
  /// What an order has to bring in at least, in money for goods (`Order.spending`), in the
  /// currency of the rewards; `nil` for any.
  package var minimumOrder: Money?
  /// Whether only a buyer's first order counts.
  package var newCustomersOnly = false
  /// Which kinds of orders count.
  package var origins: Set<Order.Origin> = [.checkout]
  /// Whether orders of the shop's staff count.
  package var staffOrdersCount = false
  /// The slugs of the channels in which orders count; empty for all.
  package var channels: Set<String> = []
  /// Who earns nothing, as buyer and as referrer.
  package var blocked = BlockList()
  /// How many rewards a referrer can earn in a day; `nil` for any number.
  package var dailyLimit: Int?
  /// How many rewards a referrer can earn in a month; `nil` for any number.
  package var monthlyLimit: Int?

  /// The conditions as they come.
  package init() {}
}

/// Whom a shop keeps out of its programme.
package struct BlockList: Sendable {
  /// Domains of addresses in lower case; what lies below them is meant too.
  package var domains: Set<String>
  /// Mailboxes (`EmailAddress.mailbox`).
  package var mailboxes: Set<String>
  /// Ids of customers at the store.
  package var users: Set<String>

  /// Keeps these out.
  package init(domains: Set<String> = [], mailboxes: Set<String> = [], users: Set<String> = []) {
    self.domains = domains
    self.mailboxes = mailboxes
    self.users = users
  }

  /// Why the person is kept out; `nil` when he is not.
  package func reason(userID: String?, email: EmailAddress?) -> String? {
    if let userID, users.contains(userID) { return "customer \(userID) is on the block list" }
    guard let email else { return nil }
    if mailboxes.contains(email.mailbox) {
      return "address \(email.masked) is on the block list"
    }
    var domain = email.domain[...]
    while !domain.isEmpty {
      if domains.contains(String(domain)) { return "domain \(domain) is on the block list" }
      domain = domain.drop { $0 != "." }.dropFirst()
    }
    return nil
  }
}
