import Monitoring
import Testing

@Suite struct ExpositionTests {
  @Test func anyLabelAndHelpSurvives() async throws {
    let value = "a \"quoted\" \\ back\\slash,\nanother line {x=\"y\"} ä 🎁"
    let family = MetricFamily(
      "laurel_test", .gauge, help: "A \\ backslash and\na second line.",
      samples: [
        .init(labels: [("one", value), ("two", "")], value: -1.5),
        .init(labels: [("one", "large"), ("two", "x")], value: 1e20),
      ])
    let scrape = try await Scrape(family.text)
    #expect(scrape.value("laurel_test", ["one": value, "two": ""]) == -1.5)
    #expect(scrape.value("laurel_test", ["one": "large", "two": "x"]) == 1e20)
    #expect(family.text.hasPrefix("# HELP laurel_test A \\\\ backslash and\\na second line.\n"))
  }

  @Test func numbersAreThoseOfTheFormat() {
    let values: [Double] = [0, 12, -3, 0.25, .infinity, -.infinity, .nan]
    let text = MetricFamily(
      "laurel_test", .gauge, help: "Test.", samples: values.map { .init(value: $0) }
    ).text
    #expect(
      text.split(separator: "\n").dropFirst(2).map { $0.dropFirst("laurel_test ".count) }
        == ["0", "12", "-3", "0.25", "+Inf", "-Inf", "NaN"])
  }

  @Test func combinationsOfLabelsAreBounded() async throws {
    let counter = Counter("laurel_test_total", labels: ["a", "b"], help: "Test.", maximum: 3)
    for number in 1...100 {
      counter.add("\(number)", "x")
      counter.add("1", "x")
    }
    let scrape = try await Scrape(counter.family.text)
    #expect(
      scrape.values("laurel_test_total", by: "a")
        == ["1": 101, "2": 1, "3": 1, "other": 97])
  }

  @Test func aHistogramCountsUpToEachBound() async throws {
    let histogram = Histogram(
      "laurel_test_seconds", labels: ["a"], bounds: [0.1, 1], help: "Test.")
    for milliseconds in [50, 100, 500, 5000] {
      histogram.observe(.milliseconds(milliseconds), "x")
    }
    let scrape = try await Scrape(histogram.family.text)
    #expect(
      ["0.1", "1", "+Inf"].map {
        scrape.value("laurel_test_seconds_bucket", ["a": "x", "le": $0])
      } == [2, 3, 4])
    #expect(scrape.value("laurel_test_seconds_count", ["a": "x"]) == 4)
    #expect(abs((scrape.value("laurel_test_seconds_sum", ["a": "x"]) ?? 0) - 5.65) < 1e-9)
  }

  @Test func countingFromManyTasksLosesNothing() async throws {
    let counter = Counter("laurel_test_total", labels: ["a"], help: "Test.")
    await withDiscardingTaskGroup { group in
      for task in 0..<8 {
        group.addTask { for _ in 0..<1000 { counter.add("\(task % 2)") } }
      }
    }
    let scrape = try await Scrape(counter.family.text)
    #expect(scrape.values("laurel_test_total", by: "a") == ["0": 4000, "1": 4000])
  }
}
