import Testing

@testable import YAML

/// What is refused, and where it says that it stands.
@Suite struct RefusalTests {
  static func faults(_ bytes: some Sequence<UInt8>) -> [YAMLError.Fault] {
    do throws(YAMLError) {
      return try YAMLDocument(Array(bytes)).faults
    } catch {
      return error.faults
    }
  }

  @Test(arguments: [
    ("a: 1\nb: *x\n", 2, 4, "aliases"), ("a: &x 1\nb: 2\n", 1, 4, "anchors"),
    ("a: &x\n  b: 1\n", 1, 4, "anchors"), ("a: !!int 1\n", 1, 4, "tags"),
    ("a: ! 1\n", 1, 4, "tags"), ("- 1\n- !x [1]\n", 2, 3, "tags"),
    ("a: 1\n---\nb: 2\n", 2, 1, "second document"), ("a: 1\n...\nb: 2\n", 3, 1, "document"),
    ("a: 1\n\tb: 2\n", 2, 1, "a tab"), ("a: [1, 2\n", 2, 1, "',' or ']'"),
    ("a: 'b\n", 2, 1, "unexpected end of stream"), ("a: b: c\n", 1, 5, "mapping values"),
    ("a: 1\n b: 2\n", 2, 3, "mapping values"), ("a: @x\n", 1, 4, "cannot start any token"),
    ("? [1]\n: 2\n", 1, 3, "a key must be a word"), ("{a: 1}}\n", 1, 7, "expected"),
    ("a: 1\nb: \"\\q\"\n", 2, 5, "escape"), ("<<: *x\n", 1, 5, "aliases"),
  ])
  func theFaultIsNamedWithItsPlace(
    text: String, line: Int, column: Int, words: String
  ) throws {
    let faults = Self.faults(text.utf8)
    #expect(faults.map(\.place) == [YAMLPlace(line: line, column: column)], "\(faults)")
    #expect(faults.first?.message.contains(words) == true, "\(faults)")
  }

  @Test func everyKeyThatStandsTwiceIsNamed() {
    let faults = Self.faults("a: 1\nb:\n  c: 1\n  c: 2\n  c: 3\na: 4\nd: *x\n".utf8)
    #expect(
      faults.map(\.place) == [
        YAMLPlace(line: 4, column: 3), YAMLPlace(line: 5, column: 3),
        YAMLPlace(line: 6, column: 1), YAMLPlace(line: 7, column: 4),
      ])
    #expect(faults.prefix(3).map { $0.message.contains("in line 3") } == [true, true, false])
    #expect(faults.dropFirst(2).first?.message.contains("a stands twice: in line 1") == true)
  }

  @Test func bytesThatAreNoTextAreRefused() {
    let faults = Self.faults(Array("a: 1\nb: é ".utf8) + [0xC3, 0x28, 0x0A])
    #expect(faults.map(\.place) == [YAMLPlace(line: 2, column: 7)])
    #expect(faults.first?.message.contains("UTF-8") == true, "\(faults)")
    #expect(Self.faults(Array("a: ".utf8) + [0x07]).first?.message.contains("control") == true)
    #expect(Self.faults([0xFF, 0xFE, 0x61, 0x00]).first?.message.contains("UTF-8") == true)
  }

  @Test func aBombOfAliasesEndsAtOnce() {
    var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    for level in 1...30 {
      let list = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(list)]\n"
    }
    let start = ContinuousClock.now
    #expect(Self.faults(text.utf8).count == 31 + 30 * 9)
    #expect(ContinuousClock.now - start < .seconds(1))
  }

  @Test func theLimitsHoldToTheLast() {
    let deep = { (levels: Int) in
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(Self.faults(deep(32).utf8).isEmpty)
    #expect(Self.faults(deep(33).utf8).map(\.place) == [YAMLPlace(line: 1, column: 33)])
    #expect(Self.faults(deep(400_000).utf8).count == 1)
    let many = { (items: Int) in "- a\n" + String(repeating: "- a\n", count: items - 1) }
    #expect(Self.faults(many(99_999).utf8).isEmpty)
    let tooMany = Self.faults(many(100_000).utf8)
    #expect(tooMany.map(\.place) == [YAMLPlace(line: 100_000, column: 3)])
    #expect(tooMany.first?.message.contains("100000") == true)
  }

  @Test func aTextThatIsTooLongIsNotLookedAt() {
    let exact = Array("# ".utf8) + [UInt8](repeating: 0x61, count: 999_998)
    #expect(Self.faults(exact).isEmpty)
    for length in [1_000_001, 10_000_000] {
      let start = ContinuousClock.now
      let faults = Self.faults([UInt8](repeating: 0xFF, count: length))
      #expect(faults.map(\.place) == [YAMLPlace(line: 1, column: 1)])
      #expect(faults.first?.message.contains("too long") == true)
      #expect(ContinuousClock.now - start < .seconds(1))
    }
  }

  /// Whatever the bytes are, they are read or refused.
  @Test func noBytesEndTheProgram() {
    var generator = SystemRandomNumberGenerator()
    let words = Array("a: [ ] { } - ? & * ! | > ' \" # % @ ` , \n\t  0 ~ \\ é \u{FEFF} \u{85}")
    for _ in 0..<2_000 {
      let text = String((0..<40).map { _ in words.randomElement(using: &generator) ?? "a" })
      let bytes = Array(text.utf8)
      do throws(YAMLError) {
        _ = try YAMLDocument(bytes)
      } catch {
        #expect(!error.faults.isEmpty, "\(text.debugDescription)")
      }
    }
  }
}
