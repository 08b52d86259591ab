import App
import ArgumentParser

/// `laurel codes backfill`: a code for every customer of the store.
struct CodesBackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Gives a code to every customer of the store who has none.",
    discussion: """
      Reads the store's customers page by page; the App needs the permission MANAGE_USERS. It can \
      be interrupted at any time: the next run goes on where this one was. After a run that came \
      to the end, the next one starts with the first customer again.
      """)

  @Flag(help: "Start with the first customer, whatever an interrupted run has done.")
  var restart = false

  @OptionGroup var ledger: LedgerOptions

  func run() async throws {
    try await Outcome.print {
      let meter = ledger.json ? nil : BackfillMeter()
      defer { meter?.end() }
      return try await Backfill.run(ledger.values, restarts: restart) { meter?.show($0) }
    }
  }
}
