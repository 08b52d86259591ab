/// Makes a tree of the parser's steps, and holds it to the limits.
struct TreeBuilder {
  private let parser: EventParser
  private let source: [Unicode.Scalar]
  private var nodes = 0
  /// Faults that do not end the reading.
  private(set) var faults: [YAMLError.Fault] = []

  /// A builder for the document in `bytes`.
  init(_ bytes: [UInt8]) {
    parser = EventParser(bytes)
    source = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
  }

  /// The document's outermost node; `nil` when there is none.
  /// - Throws: `YAMLError`, with what was found before too.
  mutating func document() throws(YAMLError) -> YAMLNode? {
    var root: YAMLNode?
    do throws(YAMLError) {
      _ = try parser.next()
      let event = try parser.next()
      if event.kind == .documentStart {
        root = try node(try parser.next(), depth: 1)
        _ = try parser.next()
        let next = try parser.next()
        guard next.kind == .streamEnd else {
          throw YAMLError([
            .init("a second document begins here; the text must be one", at: next.start.place)
          ])
        }
      }
    } catch {
      throw YAMLError(faults + error.faults)
    }
    return root
  }

  private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
    let place = event.start.place
    try check(event, depth: depth)
    switch event.kind {
    case .scalar(let text, let style):
      let range = event.start.index..<max(event.start.index, event.end.index)
      let scalar = YAMLScalar(
        text: text, style: style, source: Array(source[range.clamped(to: source.indices)]),
        start: place)
      return YAMLNode(.scalar(scalar), at: place)
    case .alias:
      return YAMLNode(
        .scalar(YAMLScalar(text: "", style: .plain, source: [], start: place)), at: place)
    case .sequenceStart:
      var items: [YAMLNode] = []
      while true {
        let next = try parser.next()
        guard next.kind != .sequenceEnd else { return YAMLNode(.sequence(items), at: place) }
        items.append(try node(next, depth: depth + 1))
      }
    default:
      return YAMLNode(.mapping(try entries(depth: depth)), at: place)
    }
  }

  private mutating func entries(depth: Int) throws(YAMLError) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    var places: [String: YAMLPlace] = [:]
    while true {
      let next = try parser.next()
      guard next.kind != .mappingEnd else { return entries }
      let place = next.start.place
      let word = try node(next, depth: depth + 1)
      let value = try node(try parser.next(), depth: depth + 1)
      guard case .scalar(let scalar) = word.value else {
        faults.append(.init("a key must be a word", at: place))
        continue
      }
      guard next.kind != .alias else { continue }
      let key = scalar.text
      if let first = places[key] {
        faults.append(
          .init("\(key) stands twice: in line \(first.line) too; keep one of them", at: place))
      } else {
        places[key] = place
        entries.append(YAMLEntry(key: key, place: place, node: value))
      }
    }
  }

  private mutating func check(_ event: Event, depth: Int) throws(YAMLError) {
    nodes += 1
    let place = event.start.place
    if event.kind == .alias {
      faults.append(.init("aliases (*) are not taken; write what is meant out", at: place))
    } else if event.isAnchored {
      faults.append(
        .init("anchors (&) are not taken; write what is meant out where it is needed", at: place))
    }
    if event.isTagged { faults.append(.init("tags (!) are not taken", at: place)) }
    if depth > YAMLDocument.maximumDepth {
      throw YAMLError([
        .init(
          "it is nested too deep: \(YAMLDocument.maximumDepth) levels at most are read", at: place)
      ])
    }
    if nodes > YAMLDocument.maximumNodes {
      throw YAMLError([
        .init("it has too many values: \(YAMLDocument.maximumNodes) at most are read", at: place)
      ])
    }
  }
}
