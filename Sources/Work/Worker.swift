package import Domain
package import Logging
package import Postgres
package import Rules
package import ServiceLifecycle

/// All stages of the work for one store, put in a row.
package struct Worker: Sendable {
  /// The stages, to be run as services.
  package let services: [any Service]

  /// Builds the stages so that each wakes the next; `inboxWakeup` is signalled when the inbox has
  /// something new.
  package init(
    pool: Pool, store: ConnectedStore, programme: Programme, conditions: Conditions,
    keys: RewardKeys,
    settings: WorkSettings, inboxWakeup: Wakeup, log: Logger
  ) {
    let decideWakeup = Wakeup()
    let issueWakeup = Wakeup()
    let labelWakeup = Wakeup()
    let link = Link(pool: pool, store: store, settings: settings, log: log) {
      decideWakeup.signal()
    }
    let decide = Decide(
      pool: pool, store: store, programme: programme, conditions: conditions, keys: keys,
      settings: settings, log: log
    ) { issueWakeup.signal() }
    let issue = Issue(pool: pool, store: store, keys: keys, settings: settings, log: log) {
      labelWakeup.signal()
    }
    let label = Label(pool: pool, store: store, settings: settings, log: log)
    let announce = Announce(pool: pool, store: store, settings: settings, log: log)
    services = [
      Stage(
        name: "link", width: 1, interval: settings.interval, wakeup: inboxWakeup, log: log,
        claim: link.claim),
      Stage(
        name: "decide", width: settings.width, interval: settings.interval, wakeup: decideWakeup,
        log: log, claim: decide.claim),
      Stage(
        name: "issue", width: settings.width, interval: settings.interval, wakeup: issueWakeup,
        log: log, claim: issue.claim),
      Stage(
        name: "label", width: settings.width, interval: settings.interval, wakeup: labelWakeup,
        log: log, claim: label.claim),
      Stage(
        name: "announce", width: Announce.width, interval: settings.interval, wakeup: Wakeup(),
        log: log, claim: announce.claim),
    ]
  }
}
