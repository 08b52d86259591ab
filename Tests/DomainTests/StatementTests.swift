import Domain
import FoundationEssentials
import Testing

@Suite struct StatementTests {
  /// An account in which every part has something.
  private static func account() throws -> Statement {
    var account = Statement(currency: try #require(Currency("USD")))
    account.due = .init(15, 150)
    account.inFlight = .init(1, 10)
    account.issued = .init(5, 50)
    account.clawedBack = .init(2, 20)
    account.rejected = .init(3, 30)
    account.givenUp = .init(4, 40)
    account.spent = 12.5
    account.expired = 7.5
    account.outstanding = 30
    account.balanceAtStore = 30
    return account
  }

  /// One change, and what is wrong then.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout Statement) -> Void
    let sentences: [String]
  }

  @Test(arguments: [
    Case(testDescription: "as it is", change: { _ in }, sentences: []),
    Case(
      testDescription: "what was adopted is among the others",
      change: { $0.adopted = .init(2, 20) },
      sentences: []),
    Case(
      testDescription: "a shortfall changes no sum", change: { $0.shortfall = 3 }, sentences: []),
    Case(
      testDescription: "one too few", change: { $0.rejected = .init(2, 30) },
      sentences: [
        "15 rewards of 150 USD were due, and 14 of 150 are in flight, issued, clawed back, rejected "
          + "or given up"
      ]),
    Case(
      testDescription: "the wrong amount", change: { $0.inFlight.amount = 10.01 },
      sentences: [
        "15 rewards of 150 USD were due, and 15 of 150.01 are in flight, issued, clawed back, "
          + "rejected or given up"
      ]),
    Case(
      testDescription: "spent and nowhere", change: { $0.spent = 12 },
      sentences: [
        "50 USD were issued, and 12 spent, 30 outstanding and 7.5 expired are 49.5"
      ]),
    Case(
      testDescription: "less at the store", change: { $0.balanceAtStore = 20 },
      sentences: ["30 USD are outstanding, and the store has balances of 20"]),
  ])
  func sumsAgreeOrSayWhy(of this: Case) throws {
    var account = try Self.account()
    this.change(&account)
    #expect(account.disagreements == this.sentences)
  }

  @Test func sumsThatDoNotAgreeAreDifferences() throws {
    var wrong = try Self.account()
    wrong.balanceAtStore = 0
    let gone = Difference(.gone, rewardID: "1", detail: "the store no longer has it")
    let result = Reconciliation(
      codes: 4, adopting: 0, repaired: 2, statements: [wrong], found: [gone],
      remaining: [.gone: 1, .worth: 0])
    #expect(result.differences.map(\.kind) == [.gone, .sum])
    #expect(result.remaining == [.gone: 1, .sum: 1])
    #expect(result.remainingCount == 2)
    #expect(
      result.summary == "4 codes, 0 being adopted, 2 repaired, differences: gone 1, sum 1")
  }
}
