package import Domain

/// How the work is paced.
package struct WorkSettings: Sendable {
  /// How long a process may be silent before what it has begun is taken over, by the database's
  /// clock; a claim that is not begun within it is void.
  package var lease: Duration = .seconds(60)
  /// How many jobs each stage has under way at once: as many as `HTTPTransport` opens connections to
  /// one store. Calls beyond that, of other stages or of a job that asks two things at a time, wait
  /// for a connection, and the wait counts towards their timeout.
  package var width = 64
  /// How many of them each stage of a store may have when several stores share the process.
  package var share = WorkShare()
  /// How long a stage waits before it looks for work by itself.
  package var interval: Duration = .seconds(1)
  /// For how many days a newcomer stays bound to the code that he named.
  package var bindingDays = 30
  /// To how many of the referrers rewards are issued by themselves.
  package var rollout = Rollout.all
  /// The waits between attempts at the store.
  package var retry = RetryPolicy(base: .milliseconds(500), cap: .seconds(300))
  /// The waits between looks at an order that is not decidable yet.
  package var recheck = RetryPolicy(base: .seconds(5), cap: .seconds(6 * 3600))
  /// The steady waits between attempts to gather the facts for the rules: the ten before an order is
  /// decided without (`FactGathering.patience`) last 70 minutes to 2 hours and a half.
  package var factRetry = RetryPolicy(base: .seconds(10), cap: .seconds(3600))
  /// Whether a decision about new customers waits until the store's past orders have been read.
  package var waitsForHistory = false
  /// How long after its issue a reward is looked at for the first time.
  package var firstLook: Duration = .seconds(3600)
  /// The waits between looks at a reward that has not been used.
  package var look = RetryPolicy(base: .seconds(60), cap: .seconds(86_400))

  /// The waits between attempts to send a letter while nothing can be sent.
  package var letterRetry = RetryPolicy(base: .seconds(5), cap: .seconds(900))
  /// How long to wait for the word that a letter went out, each time it is handed over; when the
  /// last of these waits is over, the letter is given up.
  package var letterWaits: [Duration] = [
    .seconds(10), .seconds(60), .seconds(600), .seconds(3600),
  ]
  /// How long to wait between looks for rewards whose owners are to be reminded.
  package var remindInterval: Duration = .seconds(60)
  /// How long one mail may take.
  package var mailTimeout: Duration = .seconds(60)
  /// Who is given a code.
  package var codes = CodePolicy.onRequest
  /// The waits between attempts to write a code or a note to the store.
  package var announceRetry = RetryPolicy(base: .seconds(5), cap: .seconds(6 * 3600))

  /// Whether staff find at the store what became of its orders.
  package var writesNotes = true
  /// How long after a change it is written there: what changes within that is told at once.
  package var noteDelay: Duration = .seconds(5)

  /// The pace for a shop.
  package init() {}
}
