import CYAML

/// libyaml's parser on some bytes: the only place that touches its pointers.
@safe final class EventParser {
  private let bytes: [UInt8]
  /// The parser keeps a pointer to itself and one to its input, so both stay where they are.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutablePointer<UInt8>
  private let isReady: Bool

  /// A parser of `bytes` in UTF-8.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    unsafe input = .allocate(capacity: max(1, bytes.count))
    unsafe input.initialize(repeating: 0, count: max(1, bytes.count))
    for (index, byte) in bytes.enumerated() { unsafe input[index] = byte }
    isReady = unsafe yaml_parser_initialize(parser) == 1
    if isReady {
      unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      unsafe yaml_parser_set_input_string(parser, input, bytes.count)
    }
  }

  deinit {
    if isReady { unsafe yaml_parser_delete(parser) }
    unsafe parser.deinitialize(count: 1)
    unsafe parser.deallocate()
    unsafe input.deallocate()
  }

  /// The next step.
  /// - Throws: libyaml's own fault; there is no next step then.
  func next() throws(YAMLError) -> Event {
    guard isReady else { throw Self.outOfMemory }
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { unsafe yaml_event_delete(&event) }
    return unsafe Self.read(event)
  }

  private static let outOfMemory = YAMLError([
    .init("there is no memory left to read it", at: YAMLPlace(line: 1, column: 1))
  ])

  private static func read(_ event: yaml_event_t) -> Event {
    var isAnchored = false
    var isTagged = false
    let kind: Event.Kind
    switch unsafe event.type {
    case YAML_STREAM_START_EVENT: kind = .streamStart
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: kind = .streamEnd
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
    case YAML_ALIAS_EVENT: kind = .alias
    case YAML_SEQUENCE_START_EVENT:
      kind = .sequenceStart
      isAnchored = unsafe event.data.sequence_start.anchor != nil
      isTagged = unsafe event.data.sequence_start.tag != nil
    case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      kind = .mappingStart
      isAnchored = unsafe event.data.mapping_start.anchor != nil
      isTagged = unsafe event.data.mapping_start.tag != nil
    case YAML_MAPPING_END_EVENT: kind = .mappingEnd
    default:
      let scalar = unsafe event.data.scalar
      let text = unsafe String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      kind = .scalar(text, unsafe style(scalar.style))
      isAnchored = unsafe scalar.anchor != nil
      isTagged = unsafe scalar.tag != nil
    }
    return Event(
      kind: kind, start: mark(unsafe event.start_mark), end: mark(unsafe event.end_mark),
      isAnchored: isAnchored, isTagged: isTagged)
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private static func mark(_ mark: yaml_mark_t) -> Event.Mark {
    Event.Mark(
      index: mark.index, place: YAMLPlace(line: mark.line + 1, column: mark.column + 1))
  }

  /// What libyaml says of the step that failed.
  private func failure() -> YAMLError {
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
    guard let problem else { return Self.outOfMemory }
    guard unsafe parser.pointee.error != YAML_READER_ERROR else {
      // The bytes are not read in the sequence of lines; the offset is all that is known.
      return YAMLError([
        .init(problem, at: place(ofByte: unsafe parser.pointee.problem_offset))
      ])
    }
    let context = unsafe parser.pointee.context.map { unsafe " \(String(cString: $0))" } ?? ""
    let place = Self.mark(unsafe parser.pointee.problem_mark).place
    let hint = isTab(place) ? "a tab stands where YAML wants spaces: " : ""
    return YAMLError([.init("\(hint)\(problem)\(context)", at: place)])
  }

  private func place(ofByte offset: Int) -> YAMLPlace {
    let before = bytes.prefix(offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    // A byte 10xxxxxx goes on with a character (RFC 3629).
    let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
    return YAMLPlace(line: line, column: column)
  }

  private func isTab(_ place: YAMLPlace) -> Bool {
    let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars.split(
      separator: "\n", maxSplits: place.line, omittingEmptySubsequences: false)
    guard lines.indices.contains(place.line - 1) else { return false }
    return lines[place.line - 1].dropFirst(place.column - 1).first == "\t"
  }
}
