import FoundationEssentials
import Testing

@testable import Sandbox

/// A recorded request to a real store and the answer to it.
struct Recording {
  /// The request: `query` and `variables`, or `raw_body`.
  let request: JSONValue
  /// The answer's status.
  let status: Int
  /// The answer's content type.
  let contentType: String?
  /// The answer's body, byte for byte.
  let body: String

  /// The recording in `Fixtures/answers` with this name.
  init(_ name: String) throws {
    let recording = try JSONParser.parse(try Fixture.bytes("answers/\(name).json"))
    request = recording["request"]
    let response = recording["response"]
    status = try #require(response["status"].asInt)
    contentType = response["headers"]["content-type"].asString
    body = try #require(response["body_raw"].asString)
  }

  /// The body to send: as recorded, other variables put in.
  func requestBody(variables: [String: JSONValue] = [:]) -> [UInt8] {
    if let raw = request["raw_body"].asString { return Array(raw.utf8) }
    var body: JSONValue = ["query": request["query"], "variables": request["variables"]]
    for (name, value) in variables { body["variables"][name] = value }
    return body.bytes()
  }

  /// Whether the recorded request left the gift card's code to the store.
  var drawsCode: Bool {
    request["variables"]["input"].asObject != nil && request["variables"]["input"]["code"].isNull
  }
}

/// Files in `Fixtures`.
enum Fixture {
  /// A file's bytes.
  static func bytes(_ path: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return Array(try Data(contentsOf: root.appending(path: "Fixtures/\(path)")))
  }
}

/// Makes answers of two stores comparable: ids, dates and drawn codes become `*`, tags are sorted
/// (the store gives new tags ids in any order), and the guess at a misspelt name is cut off.
struct Normaliser {
  /// Whether the store drew the card's code.
  let drawsCode: Bool

  /// The answer's body, comparable.
  func text(_ body: String) -> String {
    guard let document = try? JSONParser.parse(Array(body.utf8)) else { return body }
    return JSONPrinter.print(normal(document))
  }

  private func normal(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(normal))
    case .object(let object):
      var normalised = JSONObject()
      for member in object.members { normalised[member.name] = normal(member, in: object) }
      return .object(normalised)
    default: return value
    }
  }

  private func normal(_ member: JSONObject.Member, in object: JSONObject) -> JSONValue {
    let isDrawn = drawsCode && object["displayCode"] != nil
    switch (member.name, member.value) {
    case ("id", .string), ("created", .string), ("date", .string), ("createdAt", .string),
      ("startDate", .string), ("lastUsedOn", .string), ("orderId", .string):
      return "*"
    case ("code", .string) where isDrawn: return "*"
    case ("displayCode", .string) where isDrawn, ("last4CodeChars", .string) where isDrawn:
      return "*"
    case ("tags", .array(let tags)):
      return .array(
        tags.map(normal).sorted { ($0["name"].asString ?? "") < ($1["name"].asString ?? "") })
    case ("message", .string(let text)):
      return .string(
        text.firstRange(of: " Did you mean").map { String(text[..<$0.lowerBound]) } ?? text)
    default: return normal(member.value)
    }
  }
}
