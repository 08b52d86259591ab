import App
import ArgumentParser
import Domain

/// `laurel codes issue`: a code for one user.
struct CodesIssueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issue", abstract: "Gives a user a code, or shows the one that he has.")

  @Option(help: "The customer's id at the store, such as VXNlcjox.")
  var userID: String

  @Option(help: "The customer's e-mail address.")
  var email: String

  @Option(help: "The code that he shall have: 4 to 16 letters and digits. Drawn when left out.")
  var code: String?

  @OptionGroup var ledger: LedgerOptions

  func validate() throws {
    guard UserID.isValid(userID.trimmingSpace()) else {
      throw ValidationError(
        "--user-id must be the customer's id at the store, base64 of User:1 and so on: VXNlcjox.")
    }
    guard EmailAddress(email) != nil else {
      throw ValidationError("--email must be an e-mail address.")
    }
    if let code, ReferralCode(typed: code) == nil {
      throw ValidationError("--code must be 4 to 16 letters and digits (A-Z, 0-9).")
    }
  }

  func run() async throws {
    guard let email = EmailAddress(email) else { return }
    try await Outcome.print {
      try await IssueCode.run(
        ledger.values, userID: userID.trimmingSpace(), email: email,
        wished: code.flatMap(ReferralCode.init(typed:)))
    }
  }
}
