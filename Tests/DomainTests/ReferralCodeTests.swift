import Domain
import Testing

@Suite struct ReferralCodeTests {
  @Test(arguments: [
    ("ALICE10", "ALICE10"), ("alice10", "ALICE10"), ("  Alice10\n", "ALICE10"), ("abcd", "ABCD"),
    ("1234567890123456", "1234567890123456"), ("\u{00A0}abcd\u{00A0}", "ABCD"),
  ])
  func readsWhatPeopleType(typed: String, code: String) {
    #expect(ReferralCode(typed: typed)?.value == code)
  }

  @Test(arguments: [
    "", "   ", "abc", "12345678901234567", "alice 10", "alice-10", "élan1", "аlice10",
    "ab\u{0000}cd", "١٢٣٤٥", "<script>", String(repeating: "A", count: 100_000),
  ])
  func refusesWhatNoCodeIs(typed: String) {
    #expect(ReferralCode(typed: typed) == nil)
  }

  @Test func generatedCodesAreEightClearCharacters() {
    var seen: Set<ReferralCode> = []
    for _ in 0..<2000 {
      let code = ReferralCode.generate()
      #expect(code.value.count == 8)
      #expect(code.value.allSatisfy { ReferralCode.alphabet.contains($0) })
      #expect(ReferralCode(typed: code.value) == code)
      seen.insert(code)
    }
    #expect(seen.count == 2000)
    #expect(!ReferralCode.alphabet.contains { "0O1IL U".contains($0) })
  }
}
