import NIOCore

/// Runs tasks on an event loop. They may not block: PostgreSQL and the store are waited for on
/// threads of their own.
final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  /// Runs on `eventLoop`.
  init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  /// Has the event loop run a piece of a task next.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedTaskExecutor()
    eventLoop.execute { unsafe job.runSynchronously(on: executor) }
  }
}
