/// What `laurel stats --json` prints.
struct StatsAnswer: Decodable {
  struct Sum: Decodable, Equatable {
    let count: Int
    let amount: String
  }
  struct Account: Decodable {
    let currency: String
    let value: String
    let newCustomers: Int
    let owed: Sum
    let issued: Sum
    let standing: Sum
    let redeemed: Sum
    let takenBack: Sum
    let spentBefore: String
    let expired: Sum
    let excess: String
    let cost: String
    let costPerCustomer: String?
    let redeemedPerCustomer: String?
    let `return`: String?
  }
  struct Figures: Decodable {
    let clicks: Int
    let registrations: Int?
    let registrationsWithOrder: Int?
    let orders: Int
    let waiting: Int
    let held: Int
    let inReview: Int
    let refused: Int
    let counted: Int
    let newCustomers: Int
    let ordersPerClick: String?
    let orderedShare: String?
    let money: [Account]
  }
  struct Line: Decodable {
    let key: String?
    let figures: Figures
  }
  struct RuleLine: Decodable, Equatable {
    let rule: String?
    let orders: Int
  }
  let from: String
  let until: String
  let timeZone: String
  let total: Figures
  let lines: [Line]?
  let topReferrers: [Line]
  let refusedBy: [RuleLine]
  let waitingFor: [RuleLine]
}
