package import Domain
package import Logging
package import Monitoring
package import Postgres
package import Rules
package import ServiceLifecycle

/// All stages of the work for one store, put in a row.
package struct Worker: Sendable {
  /// The stages, to be run as services.
  package private(set) var services: [any Service]

  /// Builds the stages so that each wakes the next; `inboxWakeup` is signalled when the inbox has
  /// something new. Without a `post` no letters are sent.
  package init(
    pool: Pool, store: ConnectedStore, programme: Programme, conditions: Conditions,
    keys: RewardKeys, post: (any LetterPost)?, settings: WorkSettings, inboxWakeup: Wakeup,
    metrics: Metrics, log: Logger
  ) {
    let decideWakeup = Wakeup()
    let issueWakeup = Wakeup()
    let labelWakeup = Wakeup()
    let followWakeup = Wakeup()
    let reconsiderWakeup = Wakeup()
    let revokeWakeup = Wakeup()
    let deliverWakeup = Wakeup()
    func stage(
      _ name: String, width: Int? = nil, _ wakeup: Wakeup,
      claim: @escaping @Sendable (Int) async throws -> [Stage.Job]
    ) -> Stage {
      Stage(
        name: name, width: width ?? settings.width, interval: settings.interval, wakeup: wakeup,
        metrics: metrics, log: log, claim: claim)
    }
    let link = Link(pool: pool, store: store, settings: settings, log: log) {
      for wakeup in [decideWakeup, followWakeup, reconsiderWakeup] { wakeup.signal() }
    }
    let decide = Decide(
      pool: pool, store: store, programme: programme, conditions: conditions, keys: keys,
      settings: settings, metrics: metrics, log: log
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
      pool: pool, store: store, conditions: conditions, settings: settings, log: log
    ) { revokeWakeup.signal() }
    let revoke = Revoke(pool: pool, store: store, keys: keys, settings: settings, log: log)
    let announce = Announce(pool: pool, store: store, settings: settings, log: log)
    let erase = Erase(pool: pool, store: store, keys: keys, settings: settings, log: log) {
      revokeWakeup.signal()
    }
    services = [
      stage("link", width: 1, inboxWakeup, claim: link.claim),
      stage("decide", decideWakeup, claim: decide.claim),
      stage("issue", issueWakeup, claim: issue.claim),
      stage("label", labelWakeup, claim: label.claim),
      stage("follow", followWakeup, claim: follow.claim),
      stage("reconsider", reconsiderWakeup, claim: reconsider.claim),
      stage("revoke", revokeWakeup, claim: revoke.claim),
      stage("announce", width: Announce.width, Wakeup(), claim: announce.claim),
      stage("erase", width: 1, Wakeup(), claim: erase.claim),
    ]
    if let post {
      let deliver = Deliver(pool: pool, store: store, post: post, settings: settings, log: log)
      services.append(
        stage("deliver", width: Deliver.width, deliverWakeup, claim: deliver.claim))
    }
  }
}
