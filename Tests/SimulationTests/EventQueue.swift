/// What will happen, by virtual time; of equal times, what was planned first happens first.
struct EventQueue {
  private struct Event {
    let time: Int
    let sequence: Int
    let action: () -> Void

    func isBefore(_ other: Event) -> Bool {
      time != other.time ? time < other.time : sequence < other.sequence
    }
  }

  /// A binary heap: no event is before its parent.
  private var heap: [Event] = []
  private var sequence = 0

  mutating func add(at time: Int, _ action: @escaping () -> Void) {
    sequence += 1
    heap.append(Event(time: time, sequence: sequence, action: action))
    var child = heap.count - 1
    while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the next event out; `nil` when nothing will happen any more.
  mutating func next() -> (time: Int, action: () -> Void)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (first.time, first.action)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      let child = 2 * parent + 1
      if child < heap.count, heap[child].isBefore(heap[least]) { least = child }
      if child + 1 < heap.count, heap[child + 1].isBefore(heap[least]) { least = child + 1 }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
