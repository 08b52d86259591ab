import Domain
import FoundationEssentials
import HTTPTransport
import Postgres
import Sandbox
import Signing
import Testing

/// Shops whose customers show tokens.
enum CustomerShop {
  private static let signer = Result { try SandboxSigner() }
  static let environment = [
    "LAUREL_PUBLIC_URL": "https://laurel.example.com",
    "LAUREL_SECRET_KEY": Data(repeating: 9, count: 32).base64EncodedString(),
  ]

  /// A shop whose store publishes the signer's keys.
  static func open(
    _ environment: [String: String] = environment,
    _ body: (TestShop, SandboxSigner) async throws -> Void
  ) async throws {
    let signer = try signer.get()
    try await TestShop.open(environment: environment) { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      try await body(shop, signer)
    }
  }

  /// The claims that were recorded, for Alice of this store, but for what is changed.
  static func claims(
    _ store: String, _ changes: [String: JSONValue?] = [:]
  ) -> JSONValue {
    let now = Int(Date().timeIntervalSince1970)
    var members: [String: JSONValue] = [
      "iat": .number("\(now)"), "owner": "saleor", "iss": .string(store),
      "exp": .number("\(now + 300)"), "token": "DSWxaTZARyzX", "email": "Alice@example.com",
      "type": "access", "user_id": "VXNlcjox", "is_staff": false,
    ]
    for (name, value) in changes { members[name] = value }
    var claims: JSONValue = [:]
    for (name, value) in members.sorted(by: { $0.key < $1.key }) { claims[name] = value }
    return claims
  }

  static func me(
    _ shop: TestShop, _ token: String?, scheme: String = "Bearer", query: String = ""
  ) async throws -> HTTPResponse {
    try await shop.fetch(
      "/api/v1/me\(query)",
      headers: token.map { [("Authorization", "\(scheme) \($0)")] } ?? [])
  }

  static func keyID(_ signer: SandboxSigner) throws -> String {
    try DetachedSignature(compact: signer.sign([])).keyID
  }
}
