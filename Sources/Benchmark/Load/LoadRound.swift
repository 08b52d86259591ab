import NIOCore
import NIOPosix

/// One round of load under way. Everything happens on one event loop, so that the load takes one
/// thread and needs no lock.
final class LoadRound {
  private let plan: LoadPlan
  private let load: SignedLoad
  private let loop: any EventLoop
  private let done: EventLoopPromise<LoadResult>

  private var result = LoadResult()
  private var connections: [LoadConnection] = []
  private var idle: [LoadConnection] = []
  /// When what waits for a connection was planned, in order; those before `firstWaiting` are gone.
  private var waiting: [NIODeadline] = []
  private var firstWaiting = 0
  private var underWay = 0
  private var nextIndex = 0
  private let limit: Int
  private var arrivals = 0
  private var start = NIODeadline.now()
  private var countedFrom = NIODeadline.now()
  private var end = NIODeadline.now()
  private var isOver = false
  private var isFinished = false

  private init(_ plan: LoadPlan, _ load: SignedLoad, _ loop: any EventLoop) {
    self.plan = plan
    self.load = load
    self.loop = loop
    limit = plan.repeated == nil ? load.count : .max
    done = loop.makePromise()
  }

  /// Runs a round.
  /// - Throws: when a connection cannot be made.
  static func run(_ plan: LoadPlan, _ load: SignedLoad) async throws -> LoadResult {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    do {
      let result = try await loop.flatSubmit {
        LoadRound(plan, load, loop).begin()
      }.get()
      try await group.shutdownGracefully()
      return result
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  private func begin() -> EventLoopFuture<LoadResult> {
    let round = NIOLoopBound(self, eventLoop: loop)
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(.seconds(10))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let connection = LoadConnection(round.value)
          round.value.connections.append(connection)
          try channel.pipeline.syncOperations.addHandler(connection)
        }
      }
    let connected = (0..<plan.connections).map { _ in
      bootstrap.connect(host: "127.0.0.1", port: plan.port).map { _ in () }
    }
    EventLoopFuture.andAllSucceed(connected, on: loop).whenComplete { outcome in
      switch outcome {
      case .success: round.value.open()
      case .failure(let error): round.value.done.fail(error)
      }
    }
    return done.futureResult
  }

  private func open() {
    start = .now()
    countedFrom = start + TimeAmount(plan.warmUp)
    end = countedFrom + TimeAmount(plan.duration)
    result.latencies = Latencies(capacity: 1 << 16)
    switch plan.pace {
    case .closed: for connection in connections { next(on: connection) }
    case .fixed:
      idle = connections
      arrive()
    }
    after(end) { $0.stop() }
  }

  // MARK: Sending

  /// Sends the next request of a closed loop, unless the round or the load is at its end.
  private func next(on connection: LoadConnection) {
    let now = NIODeadline.now()
    guard now < end, !isOver else { return finishWhenQuiet() }
    guard nextIndex < limit else { return stop() }
    send(on: connection, planned: now)
  }

  private func send(on connection: LoadConnection, planned: NIODeadline) {
    underWay += 1
    let index = plan.repeated.map { nextIndex % $0 } ?? nextIndex
    nextIndex += 1
    connection.send(index, of: load, planned: planned)
  }

  /// Lets everything arrive that is due, and comes again when the next one is.
  private func arrive() {
    guard case .fixed(let rate) = plan.pace, !isOver else { return }
    let now = NIODeadline.now()
    var due = planned(arrivals, rate)
    while due <= now {
      guard due < end, nextIndex + waiting.count - firstWaiting < limit else { return stop() }
      arrivals += 1
      if let connection = idle.popLast() {
        send(on: connection, planned: due)
      } else {
        waiting.append(due)
      }
      due = planned(arrivals, rate)
    }
    after(due) { $0.arrive() }
  }

  private func planned(_ number: Int, _ rate: Double) -> NIODeadline {
    start + .nanoseconds(Int64(Double(number) / rate * 1e9))
  }

  // MARK: Answers

  /// Told by a connection of the answer to its request.
  func answered(_ connection: LoadConnection, _ answer: LoadAnswer, planned: NIODeadline) {
    let now = NIODeadline.now()
    underWay -= 1
    result.answers[answer, default: 0] += 1
    if now >= countedFrom, now < end { result.counted[answer, default: 0] += 1 }
    if planned >= countedFrom, planned < end {
      result.latencies.add(nanoseconds: (now - planned).nanoseconds)
    }
    if case .closed = plan.pace { return next(on: connection) }
    if firstWaiting < waiting.count {
      firstWaiting += 1
      send(on: connection, planned: waiting[firstWaiting - 1])
    } else {
      idle.append(connection)
      finishWhenQuiet()
    }
  }

  /// Told by a connection that it was closed by the other side.
  func lost(hadRequest: Bool) {
    guard hadRequest else { return }
    underWay -= 1
    result.unanswered += 1
    finishWhenQuiet()
  }

  // MARK: The end

  /// Nothing new from now on.
  private func stop() {
    guard !isOver else { return finishWhenQuiet() }
    isOver = true
    end = min(end, .now())
    result.seconds = max(0, Double((end - countedFrom).nanoseconds) / 1e9)
    after(.now() + TimeAmount(plan.drain)) { $0.finish() }
    finishWhenQuiet()
  }

  private func finishWhenQuiet() {
    if isOver, underWay == 0, firstWaiting == waiting.count { finish() }
  }

  private func finish() {
    guard !isFinished else { return }
    isFinished = true
    result.sent = nextIndex
    result.unsent = waiting.count - firstWaiting
    result.unanswered += underWay
    done.succeed(result)
    for connection in connections { connection.close() }
  }

  private func after(_ deadline: NIODeadline, _ body: @escaping (LoadRound) -> Void) {
    loop.assumeIsolated().scheduleTask(deadline: deadline) { body(self) }
  }
}
