import Domain
package import Logging
package import Monitoring
package import Postgres
import Rules
package import ServiceLifecycle

/// All stages of the work for one store, put in a row.
package struct Worker: Sendable {
  /// The book of what is under way, to be run as a service that is shut down after all others.
  package let runs: Runs
  /// The stages, to be run as services.
  package private(set) var services: [any Service]

  /// Builds the stages so that each wakes the next; `inboxWakeup` is signalled when the inbox has
  /// something new. Without a `post` no letters are sent. `gate` is that of the process, for
  /// all its stores.
  package init(
    pool: Pool, store: ConnectedStore, gate: RunGate, terms: CurrentTerms,
    keys: RewardKeys, post: (any LetterPost)?, settings: WorkSettings, restoration: Restoration,
    inboxWakeup: Wakeup, metrics: Metrics, log: Logger
  ) {
    let decideWakeup = Wakeup()
    let issueWakeup = Wakeup()
    let labelWakeup = Wakeup()
    let followWakeup = Wakeup()
    let reconsiderWakeup = Wakeup()
    let revokeWakeup = Wakeup()
    let deliverWakeup = Wakeup()
    let runs = Runs(
      pool: pool, store: store.id, lease: settings.lease, gate: gate, log: log)
    self.runs = runs
    func stage(
      _ name: String, width: Int? = nil, _ wakeup: Wakeup,
      claim: @escaping @Sendable (Int) async throws -> [Stage.Job]
    ) -> Stage {
      Stage(
        name: name, width: width ?? settings.width, share: settings.share,
        interval: settings.interval, wakeup: wakeup, runs: runs, metrics: metrics, log: log,
        claim: claim)
    }
    let fence = LedgerFence(
      pool: pool, store: store, keys: keys, restoration: restoration, settings: settings, log: log
    ) {
      for wakeup in [decideWakeup, issueWakeup, reconsiderWakeup] { wakeup.signal() }
    }
    let link = Link(pool: pool, store: store, settings: settings, log: log) {
      for wakeup in [decideWakeup, followWakeup, reconsiderWakeup] { wakeup.signal() }
    }
    let decide = Decide(
      pool: pool, store: store, terms: terms, keys: keys,
      fence: fence, settings: settings, metrics: metrics, log: log
    ) { issueWakeup.signal() }
    let issue = Issue(
      pool: pool, store: store, keys: keys, post: post, settings: settings, log: log
    ) {
      labelWakeup.signal()
      deliverWakeup.signal()
    }
    let label = Label(pool: pool, store: store, settings: settings, log: log)
    let follow = Follow(pool: pool, store: store, settings: settings, log: log)
    let reconsider = Reconsider(
      pool: pool, store: store, settings: settings, log: log
    ) { revokeWakeup.signal() }
    let revoke = Revoke(pool: pool, store: store, keys: keys, settings: settings, log: log)
    let announce = Announce(pool: pool, store: store, settings: settings, log: log)
    let erase = Erase(pool: pool, store: store, keys: keys, settings: settings, log: log) {
      revokeWakeup.signal()
    }
    let note = Note(pool: pool, store: store, settings: settings, log: log)
    // Taking back what was taken back before goes on whatever the fence says.
    services = [
      fence,
      stage("link", width: 1, inboxWakeup, claim: link.claim),
      stage("decide", decideWakeup, claim: fence.guarding(decide.claim)),
      stage("issue", issueWakeup, claim: fence.guarding(issue.claim)),
      stage("label", labelWakeup, claim: label.claim),
      stage("follow", followWakeup, claim: follow.claim),
      stage("reconsider", reconsiderWakeup, claim: fence.guarding(reconsider.claim)),
      stage("revoke", revokeWakeup, claim: revoke.claim),
      stage("announce", width: Announce.width, Wakeup(), claim: announce.claim),
      stage("erase", width: 1, Wakeup(), claim: erase.claim),
      stage(
        "note", width: Note.width, Wakeup(),
        claim: settings.writesNotes ? note.claim : note.discard),
    ]
    if let post {
      let deliver = Deliver(pool: pool, store: store, post: post, settings: settings, log: log)
      services.append(
        stage("deliver", width: Deliver.width, deliverWakeup, claim: deliver.claim))
      if post.reminderDays > 0 {
        let remind = Remind(
          pool: pool, store: store, days: post.reminderDays, settings: settings, log: log
        ) { deliverWakeup.signal() }
        services.append(remind.stage())
      }
    }
  }
}
