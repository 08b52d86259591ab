import Domain
import Rules
import Testing

/// How facts and outcomes are kept.
@Suite struct FactSheetJSONTests {
  @Test func `facts are kept by name in one form`() throws {
    var facts = FactSheet()
    facts[.cycleLength] = .number(2)
    facts[.orderValue] = try money("12.50")
    facts[.firstOrder] = .flag(true)
    facts[.buyerAddress] = .text("alice\"\\\u{1}\u{E9}@example.com")
    facts[.accountAge] = .duration(86_400.25)
    facts[.referralsByIP] = .times([0, 1.5, 3_600])
    facts[.referralsByCard] = .times([])
    #expect(
      facts.json == """
        {"order_value":["12.5","USD"],"first_order":true,\
        "buyer_address":"alice\\"\\\\\\u0001\u{E9}@example.com","account_age":86400.25,\
        "referrals_by_ip":[0,1.5,3600],"referrals_by_card":[],"cycle_length":2}
        """)
    #expect(try FactSheet(json: facts.json) == facts)
    #expect(FactSheet().json == "{}")
  }

  @Test func `a value of another type is kept as it is`() throws {
    for (signal, value) in [
      (Signal.cycleLength, SignalValue.duration(5)), (.cycleLength, .flag(true)),
      (.accountAge, .number(5)), (.samePhone, .text("yes")), (.samePhone, .number(1)),
      (.code, .times([1])), (.orderValue, .number(5)), (.referralsByIP, try money("5")),
    ] {
      let facts = sheet(signal, value)
      let kept = try FactSheet(json: facts.json)
      #expect(kept == facts)
      #expect(kept.misfits == [signal])
    }
  }

  @Test func `a value that fits takes the place of one that does not`() throws {
    var facts = sheet(.samePhone, .number(1))
    facts[.samePhone] = .flag(true)
    #expect(facts == sheet(.samePhone, .flag(true)))
    facts[.samePhone] = .number(1)
    facts[.samePhone] = nil
    #expect(facts == FactSheet())
  }

  @Test func `what other versions or tools wrote is read`() throws {
    let json = """
       { "gone": {"a": [1, {"b": null}, "c", true, false]}, "cycle_length" : 2E0 ,
      "same_phone":null, "code": "\\u0041\\ud83d\\ude00\\/\\t" }
      """
    var facts = FactSheet()
    facts[.cycleLength] = .number(2)
    facts[.code] = .text("A\u{1F600}/\t")
    #expect(try FactSheet(json: json) == facts)
  }

  @Test func `numbers that are not finite are left out`() throws {
    var facts = FactSheet()
    facts[.cycleLength] = .number(.nan)
    facts[.accountAge] = .duration(.infinity)
    facts[.referralsByIP] = .times([1, .infinity])
    #expect(facts.json == #"{"referrals_by_ip":[1]}"#)
  }

  @Test(arguments: [
    "", "[]", "{", "{}x", "{\"cycle_length\":}", "{\"cycle_length\":1,}", "{\"cycle_length\":01}",
    "{\"cycle_length\":1.}", "{\"cycle_length\":-}", "{\"cycle_length\":1e}",
    "{\"cycle_length\":1e999}", "{\"cycle_length\":+1}", "{cycle_length:1}", "{\"code\":\"a",
    "{\"code\":\"\\x\"}", "{\"code\":\"\\ud83d\"}", "{\"code\":\"\\ude00\"}",
    "{\"code\":\"\\u12\"}", "{\"code\":\"\n\"}", "{\"order_value\":[\"x\",\"USD\"]}",
    "{\"order_value\":[\"1\",\"usd\"]}", "{\"order_value\":[\"1\"]}",
    "{\"order_value\":[1,\"USD\"]}",
    "{\"same_phone\":tru}", "{\"same_phone\":{}}", "{\"same_phone\":{\"flag\":true}}",
    "{\"gone\":" + String(repeating: "[", count: 1_000), "{\"code\" \"a\"}", "null",
  ])
  func `what is no JSON, or no facts, is refused`(json: String) {
    #expect(throws: StoredJSONError.self) { try FactSheet(json: json) }
  }

  @Test func `outcomes are kept by rule`() throws {
    let outcomes = [
      Judgement.RuleOutcome(rule: "a", result: .hit, mode: .on, weight: -30),
      Judgement.RuleOutcome(rule: "b", result: .unknown, mode: .shadow, weight: 0),
    ]
    #expect(outcomes.json == #"{"a":["hit","on",-30],"b":["unknown","shadow",0]}"#)
    #expect(try [Judgement.RuleOutcome](json: outcomes.json) == outcomes)
    for json in [#"{"a":"hit"}"#, #"{"a":["struck","on",0]}"#, #"{"a":["hit","on",0.5]}"#, "{}{}"] {
      #expect(throws: StoredJSONError.self) { try [Judgement.RuleOutcome](json: json) }
    }
  }
}
