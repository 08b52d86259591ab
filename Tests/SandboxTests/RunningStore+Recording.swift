import Testing

@testable import Sandbox

extension RunningStore {
  /// Replays a recorded request and compares status, content type and body.
  func expectRecorded(
    _ name: String, bearer: String? = "sandbox-token", variables: [String: JSONValue] = [:]
  ) async throws {
    let recording = try Recording(name)
    var headers = Self.headers(bearer: bearer)
    headers[0].1 = recording.request["headers"]["Content-Type"].asString ?? headers[0].1
    let answer = try await client.send(
      headers: headers, body: recording.requestBody(variables: variables))
    let normaliser = Normaliser(drawsCode: recording.drawsCode)
    #expect(answer.status == recording.status, "\(name)")
    #expect(answer.contentType == recording.contentType, "\(name)")
    #expect(normaliser.text(answer.body) == normaliser.text(recording.body), "\(name)")
  }
}
