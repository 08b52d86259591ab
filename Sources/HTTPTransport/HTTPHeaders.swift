/// Header fields in the order in which they came. Names compare without regard to case.
package struct HTTPHeaders: Sendable {
  /// The fields as received, without the white space around the values.
  package private(set) var fields: [(name: String, value: String)]

  /// Makes a list of fields.
  package init(_ fields: [(name: String, value: String)] = []) {
    self.fields = fields
  }

  /// The value of the first field of this name, or nil.
  package func first(_ name: String) -> String? {
    let wanted = name.lowercased()
    return fields.first { $0.name.lowercased() == wanted }?.value
  }

  /// Takes one line as it came over the wire. A line that is no field (a status line, a folded
  /// line, which RFC 9112 forbids) is left out.
  mutating func append(line: UnsafeRawBufferPointer) {
    guard let colon = unsafe line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
      unsafe !Self.isWhiteSpace(line[0])
    else { return }
    let name = unsafe String(decoding: line[..<colon], as: UTF8.self)
    var value = unsafe line[(colon + 1)...]
    while let first = unsafe value.first, Self.isWhiteSpace(first) { unsafe value.removeFirst() }
    while let last = unsafe value.last, Self.isWhiteSpace(last) { unsafe value.removeLast() }
    fields.append((name, unsafe String(decoding: value, as: UTF8.self)))
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
  }
}
