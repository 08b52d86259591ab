import FoundationEssentials

/// Deliveries recorded from a real store, from the folder `Fixtures/deliveries`.
enum Deliveries {
  /// One recorded delivery.
  struct Delivery: Sendable {
    /// The name of its files, without the ending.
    let name: String
    /// The header `Saleor-Signature`.
    let signature: String
    /// The body, byte for byte.
    let body: [UInt8]
  }

  private static let fixtures = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

  /// The keys that the store published, as they were answered.
  static func keySet() throws -> [UInt8] {
    Array(try Data(contentsOf: fixtures.appending(path: "jwks.json")))
  }

  /// Every delivery whose file name contains `kind`, in the order of recording.
  static func all(of kind: String) throws -> [Delivery] {
    let folder = fixtures.appending(path: "deliveries")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path())
      .filter { $0.contains(kind) && $0.hasSuffix(".body") }
      .sorted()
      .map { file in
        let name = String(file.dropLast(".body".count))
        let headers = try Data(contentsOf: folder.appending(path: "\(name).headers"))
        let body = try Data(contentsOf: folder.appending(path: file))
        return Delivery(
          name: name, signature: signature(in: String(decoding: headers, as: UTF8.self)),
          body: Array(body))
      }
  }

  private static func signature(in headers: String) -> String {
    for line in headers.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "saleor-signature" {
        return String(parts[1].drop(while: { $0 == " " }))
      }
    }
    return ""
  }
}
