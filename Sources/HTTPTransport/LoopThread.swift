import Glibc

/// The thread that a loop runs on.
struct LoopThread: Sendable {
  private let thread: pthread_t

  /// Starts the loop on a new thread; the thread owns it from then on.
  /// - Throws: `HTTPTransportError` with `other` when the system has no thread to give.
  init(running loop: sending TransferLoop) throws(HTTPTransportError) {
    var thread = pthread_t()
    let owned = unsafe Unmanaged.passRetained(loop)
    let status = unsafe pthread_create(&thread, nil, runTransferLoop, owned.toOpaque())
    guard status == 0 else {
      unsafe owned.release()
      throw .refused(.other, "the system gave no thread (error \(status))")
    }
    self.thread = thread
  }

  /// Gives the thread's remains back to the system. Only after the loop was told to end, and once.
  func join() {
    _ = pthread_join(thread, nil)
  }

  /// Lets the thread end by itself. Instead of `join`.
  func detach() {
    _ = pthread_detach(thread)
  }
}

private func runTransferLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  ignoreBrokenPipes()
  let queue = unsafe runToItsEnd(Unmanaged<TransferLoop>.fromOpaque(context))
  queue.markFinished()
  return nil
}

/// A peer that goes away must never end the process, whatever library writes to the socket. For
/// the calling thread, from now on.
func ignoreBrokenPipes() {
  var brokenPipe = sigset_t()
  _ = unsafe sigemptyset(&brokenPipe)
  _ = unsafe sigaddset(&brokenPipe, SIGPIPE)
  _ = unsafe pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
}

// A function of its own, so that the loop and its handles are gone when it returns.
private func runToItsEnd(_ owned: Unmanaged<TransferLoop>) -> RequestQueue {
  let loop = unsafe owned.takeRetainedValue()
  loop.run()
  return loop.queue
}
