import FoundationEssentials
import Testing

/// A recorded delivery of a real store: its own bytes and headers.
struct Recording: Sendable, CustomTestStringConvertible {
  let name: String
  let headers: [(name: String, value: String)]
  let body: [UInt8]

  /// The folder of the repository.
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(4).joined(separator: "/")

  var testDescription: String { name }

  /// The recordings whose name contains `part`, in the order in which they were made.
  static func all(_ part: String) throws -> [Recording] {
    let folder = "\(root)/Fixtures/deliveries"
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".body") && $0.contains(part) }.sorted()
      .map { try Recording(path: "\(folder)/\($0.dropLast(5))") }
  }

  /// One recording by its number.
  static func number(_ number: String) throws -> Recording {
    try #require(try all("sub-hmac").first { $0.name.hasPrefix(number) })
  }

  private init(path: String) throws {
    name = path.split(separator: "/").last.map(String.init) ?? path
    body = Array(try #require(FileManager.default.contents(atPath: path + ".body")))
    let head = try #require(FileManager.default.contents(atPath: path + ".headers"))
    headers = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst()
      .compactMap { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return (String(parts[0]), String(parts[1].drop { $0 == " " }))
      }
  }

  /// The recorded headers without those that the client writes itself, and without the address of
  /// the store that was recorded.
  var sentHeaders: [(name: String, value: String)] {
    let own: Set<String> = [
      "content-length", "host", "accept-encoding", "connection", "saleor-api-url",
    ]
    return headers.filter { !own.contains($0.name.lowercased()) }
  }
}
