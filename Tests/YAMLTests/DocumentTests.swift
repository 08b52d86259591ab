import Testing

@testable import YAML

/// What is read, and where it says that it stands.
@Suite struct DocumentTests {
  /// A document as text: values with their places.
  static func outline(_ text: String) throws -> String {
    try YAMLDocument(Array(text.utf8)).root.map(outline) ?? ""
  }

  private static func outline(_ node: YAMLNode) -> String {
    let place = "@\(node.place.line):\(node.place.column)"
    switch node.value {
    case .scalar(let scalar): return "'\(scalar.text)'\(place)"
    case .sequence(let items):
      return "[" + items.map(outline).joined(separator: " ") + "]\(place)"
    case .mapping(let entries):
      let parts = entries.map {
        "\($0.key)@\($0.place.line):\($0.place.column)=\(outline($0.node))"
      }
      return "{" + parts.joined(separator: " ") + "}\(place)"
    }
  }

  @Test(arguments: [
    ("", ""), ("# a remark\n\n", ""), ("--- ~\n", "'~'@1:5"),
    (
      "a: 1\nb:\n  - x\n  - {c: d}\n", "{a@1:1='1'@1:4 b@2:1=['x'@3:5 {c@4:6='d'@4:9}@4:5]@3:3}@1:1"
    ),
    ("- [1, 'two']\n- \"three\"\n", "[['1'@1:4 'two'@1:7]@1:3 'three'@2:3]@1:1"),
    ("ключ: é\nb: 2", "{ключ@1:1='é'@1:7 b@2:1='2'@2:4}@1:1"),
    ("a: 1\r\nb: 2\r\n", "{a@1:1='1'@1:4 b@2:1='2'@2:4}@1:1"),
    ("a:\nb: ~\n", "{a@1:1=''@1:3 b@2:1='~'@2:4}@1:1"),
    ("%YAML 1.1\n---\na: 1\n...\n", "{a@3:1='1'@3:4}@3:1"),
  ])
  func everyNodeHasItsPlace(text: String, outline: String) throws {
    #expect(try Self.outline(text) == outline)
  }

  @Test(arguments: [
    ("a b", YAMLScalar.Style.plain, "a b"), ("'it''s'", .singleQuoted, "it's"),
    (#""a\tb\x41""#, .doubleQuoted, "a\tbA"), ("|\n  a\n  b\n", .literal, "a\nb\n"),
    ("|-\n  a\n  b\n", .literal, "a\nb"), (">\n  a\n  b\n\n  c\n", .folded, "a b\nc\n"),
    (">-\n  a\n  b\n", .folded, "a b"), ("a\n b", .plain, "a b"),
  ])
  func everyStyleOfATextIsRead(text: String, style: YAMLScalar.Style, value: String) throws {
    let root = try #require(try YAMLDocument(Array(text.utf8)).root)
    guard case .scalar(let scalar) = root.value else {
      Issue.record("it is no text: \(root.value)")
      return
    }
    #expect(scalar.text == value)
    #expect(scalar.style == style)
  }

  @Test func nothingIsNothingOnlyWhenItIsPlain() throws {
    for (text, isNull) in [
      ("~", true), ("null", true), ("\"\"", false), ("'null'", false), ("0", false), ("[]", false),
    ] {
      #expect(try YAMLDocument(Array(text.utf8)).root?.isNull == isNull, "\(text)")
    }
  }

  /// Where the word "X" of the text stands.
  @Test(arguments: [
    ("w: X or b", 1, 4), ("w: a or X", 1, 9), ("w: 'a or X'", 1, 10), ("w: 'it''s X'", 1, 11),
    (#"w: "a \"b\" X""#, 1, 13), (#"w: "\x41\u0042 \t X""#, 1, 19), ("w: |\n  a\n  b X", 3, 5),
    ("w: >- # why\n  a or\n    b or\n\n  X", 5, 3), ("w: a\n  or X", 2, 6),
    ("w: \"a\n  or X\"", 2, 6), ("- w: >\n    X", 2, 5), ("w: |\r\n  a\r\n  X", 3, 3),
    ("w: é X", 1, 6),
  ])
  func aPlaceInATextIsFoundInTheDocument(text: String, line: Int, column: Int) throws {
    let root = try #require(try YAMLDocument(Array(text.utf8)).root)
    let scalar = try #require(Self.scalars(root).last)
    let offset = try #require(Array(scalar.text.unicodeScalars).firstIndex(of: "X"))
    #expect(scalar.place(at: offset) == YAMLPlace(line: line, column: column))
  }

  @Test(arguments: [
    ("w: a or", 1, 8), ("w: 'a or'", 1, 9), ("w: |\n  a or\n\nb: 1", 2, 7),
    ("w: >-\n  a\n  or\n", 3, 5),
  ])
  func theEndOfATextIsBehindItsLastCharacter(text: String, line: Int, column: Int) throws {
    let root = try #require(try YAMLDocument(Array(text.utf8)).root)
    let scalar = try #require(Self.scalars(root).first)
    let end = scalar.text.unicodeScalars.count
    for offset in [end, end + 5] {
      #expect(scalar.place(at: offset) == YAMLPlace(line: line, column: column))
    }
  }

  private static func scalars(_ node: YAMLNode) -> [YAMLScalar] {
    switch node.value {
    case .scalar(let scalar): [scalar]
    case .sequence(let items): items.flatMap(scalars)
    case .mapping(let entries): entries.flatMap { scalars($0.node) }
    }
  }
}
