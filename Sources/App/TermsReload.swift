import Domain
import Logging
import Monitoring
import Postgres
import Rules
import ServiceLifecycle
import Work

/// Has another file of rules hold while Laurel runs. What is wrong in it is logged, and then nothing
/// changes. The rest of the configuration stays as it was at the start.
struct TermsReload: Sendable {
  /// From where they are read.
  let source: TermsSource
  /// The ledger, which is asked whether it knows another time zone.
  let pool: Pool
  /// Where those stand that hold.
  let terms: CurrentTerms
  /// Where readings are counted.
  let metrics: Metrics
  /// Where it is said what holds, and what is wrong.
  let log: Logger

  /// Says which rules hold from the start.
  func tellStart() { tell(terms.book, "the rules hold") }

  /// Reads the rules again, and has them hold if nothing is wrong with them.
  func reload() async {
    let reading = source.read()
    guard let book = reading.book else { return refuse(reading.faults) }
    let before = terms.book
    if book.timeZone != before.timeZone, let fault = await timeZoneFault(of: book) {
      return refuse([fault])
    }
    for notice in reading.notices { log.warning("\(notice)") }
    if book.all().widestKind == .voucher, before.all().widestKind == .giftCard {
      log.warning(
        "rewards can be vouchers from now on, for which the App needs MANAGE_DISCOUNTS; run doctor")
    }
    let isNew = book.version != before.version
    terms.replace(by: book)
    metrics.configReloads.add("taken")
    tell(book, isNew ? "other rules hold" : "the rules were read again")
  }

  /// Reads the rules again at each signal, until the shutdown.
  func service(at signals: some AsyncSequence<Void, Never> & Sendable) -> any Service {
    Listening(reload: self, signals: signals)
  }

  private func refuse(_ faults: [String]) {
    metrics.configReloads.add("refused")
    for fault in faults { log.error("\(fault)") }
    log.error(
      "the rules are at fault, and those before go on",
      metadata: ["faults": "\(faults.count)", "version": "\(terms.book.shortVersion)"])
  }

  private func timeZoneFault(of book: TermsBook) async -> String? {
    do {
      return try await ShopTimeZone.fault(of: book, pool)
    } catch {
      return "whether there is the time zone \(book.timeZone) cannot be asked now: \(error)"
    }
  }

  private func tell(_ book: TermsBook, _ sentence: Logger.Message) {
    log.notice(
      sentence,
      metadata: [
        "version": "\(book.shortVersion)", "rules": "\(book.standard.rules.rules.count)",
        "sections": "\(book.sections.count)",
      ])
  }

  private struct Listening<Signals: AsyncSequence<Void, Never> & Sendable>: Service {
    let reload: TermsReload
    let signals: Signals

    func run() async {
      for await _ in signals.cancelOnGracefulShutdown() { await reload.reload() }
    }
  }
}
