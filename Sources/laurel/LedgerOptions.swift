import App
import ArgumentParser
import FoundationEssentials

/// What every command on the ledger can be told.
struct LedgerOptions: ParsableArguments {
  @Option(help: "The store's address, when the ledger serves several.")
  var store: String?

  @Flag(help: "Print JSON, for programs.")
  var json = false

  /// As the commands take them.
  var values: Administration.Options { .init(store: store, isJSON: json) }
}

/// How much a list shows.
struct ListOptions: ParsableArguments {
  @Option(help: "How many to show, 1 to 10000.")
  var limit = 50

  func validate() throws {
    guard (1...10_000).contains(limit) else {
      throw ValidationError("--limit must be a number from 1 to 10000.")
    }
  }
}

/// A reward's id as it is typed.
enum RewardID {
  /// Reads a UUID in its usual form, of either case.
  static func read(_ text: String) throws -> UUID {
    guard let id = UUID(uuidString: text) else {
      throw ValidationError("\(text) is no reward's id, which is a UUID.")
    }
    return id
  }
}
