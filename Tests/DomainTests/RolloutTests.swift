import Domain
import Testing

@Suite struct RolloutTests {
  @Test(arguments: [
    ("off", Rollout.off), ("manual", .percent(0)), ("all", .percent(100)), ("0", .percent(0)),
    ("25", .percent(25)), ("25%", .percent(25)), ("100%", .percent(100)), ("007", .percent(7)),
  ])
  func readsWhatIsConfigured(text: String, rollout: Rollout) {
    #expect(Rollout(text) == rollout)
  }

  @Test(arguments: ["", "%", "on", "OFF", "101", "-1", "+5", "2.5", "25 %", "25%%", "٢٥", "1e1"])
  func refusesWhatIsNone(text: String) {
    #expect(Rollout(text) == nil)
  }

  @Test func releasesTheBucketsBelow() {
    #expect(!Rollout.off.releases(bucket: 0))
    #expect(!Rollout.manual.releases(bucket: 0))
    #expect(Rollout.percent(25).releases(bucket: 24))
    #expect(!Rollout.percent(25).releases(bucket: 25))
    #expect(Rollout.all.releases(bucket: 99))
  }
}
