/// The loop that moves all transfers, on a thread of its own. The only place, with the transfers
/// that it owns, where libcurl's handles are used.
final class TransferLoop {
  // How late libcurl may be with a deadline; it does not watch those of requests that wait for a
  // free connection.
  private static let deadlineCheckInterval = Duration.milliseconds(100)
  private static let idleWait = Duration.seconds(60)

  /// Where callers leave their requests.
  let queue: RequestQueue

  private let multi: MultiHandle
  private let userAgent: String
  private var transfers: [UInt: Transfer] = [:]
  private var nextDeadlineCheck = ContinuousClock.now

  /// Takes over the multi handle.
  init(multi: consuming MultiHandle, queue: RequestQueue, userAgent: String) {
    self.multi = multi
    self.queue = queue
    self.userAgent = userAgent
  }

  /// Runs until the queue is closed or libcurl is broken, then ends what is under way with
  /// `closed`.
  func run() {
    while step() {}
    queue.close()
    queue.dropWaker()
    for number in Array(transfers.keys) {
      end(number) { $0.fail(.closed, "the transport was shut down") }
    }
    for start in queue.take().starts {
      queue.settle(start.number)
      start.continuation.resume(
        returning: .failure(.refused(.closed, "the transport was shut down")))
    }
  }

  private func step() -> Bool {
    let batch = queue.take()
    for start in batch.starts { begin(start) }
    for number in batch.cancellations {
      end(number) { $0.fail(.cancelled, "the task was cancelled") }
    }
    guard !batch.isClosed, multi.perform() else { return false }
    while let (number, result) = multi.nextEnded() {
      end(number) { $0.finish(result) }
    }
    endLateTransfers()
    return multi.wait(atMost: transfers.isEmpty ? Self.idleWait : Self.deadlineCheckInterval)
  }

  private func begin(_ start: RequestQueue.Start) {
    do throws(HTTPTransportError) {
      let transfer = try Transfer(start, userAgent: userAgent)
      guard unsafe multi.add(transfer.pointer) else {
        throw .refused(.other, "libcurl could not take the request")
      }
      transfers[start.number] = transfer
    } catch {
      queue.settle(start.number)
      start.continuation.resume(returning: .failure(error))
    }
  }

  private func end(_ number: UInt, _ answer: (Transfer) -> Void) {
    guard let transfer = transfers.removeValue(forKey: number) else { return }
    unsafe multi.remove(transfer.pointer)
    queue.settle(number)
    answer(transfer)
  }

  private func endLateTransfers() {
    let now = ContinuousClock.now
    guard now >= nextDeadlineCheck else { return }
    nextDeadlineCheck = now + Self.deadlineCheckInterval
    for (number, transfer) in transfers where transfer.deadline <= now {
      end(number) { $0.fail(.timeout, "the total timeout passed") }
    }
  }
}
