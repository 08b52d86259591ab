import Domain
import FoundationEssentials
import Ledger

/// Changed decisions as lines of comma-separated values (RFC 4180), for a spreadsheet.
enum BacktestCSV {
  /// The names of the columns.
  static let head =
    "decision,referral,channel,was,ended,would_be,rule,score,reward_amount,reward_currency,fell"

  /// A line for one decision; `fell` is empty where no reward is at stake.
  static func line(_ changed: Backtest.Changed, hasFallen: Bool) -> String {
    let past = changed.past
    let cells = [
      "\(past.id)", "\(past.referralID)", past.channel, past.outcome.rawValue,
      past.ended.rawValue, changed.outcome.rawValue, changed.rule ?? "", "\(changed.score)",
      past.reward.map { "\($0.amount)" } ?? "", past.reward?.currency.code ?? "",
      changed.takesReward ? (hasFallen ? "yes" : "no") : "",
    ]
    return cells.map(quoted).joined(separator: ",")
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\r\n".contains($0) }) else { return cell }
    return "\"" + cell.flatMap { $0 == "\"" ? "\"\"" : String($0) } + "\""
  }
}
