import App
import Domain
import FoundationEssentials
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Sandbox
import Testing

/// Stores whose tokens cannot be opened, as while the operator changes LAUREL_SECRET_KEY.
@Suite(.timeLimit(.minutes(2))) struct SealedTokenTests {
  private static let otherKey = Data(repeating: 4, count: 32).base64EncodedString()

  @Test func deliveriesOfAStoreWhoseTokenIsSealedAreKept() async throws {
    try await TestDatabase.with { database in
      try await InstallingShop.open(on: database) { installing in
        let app = try await installing.installer.install(HandshakeTests.manifest, name: "Laurel")
        #expect(app.status == .installed)
        try await TestShop.visit(
          SandboxStore(), "http://127.0.0.1:9/graphql/", database.connectionString,
          [
            "LAUREL_PUBLIC_URL": InstallingShop.publicURL,
            "LAUREL_ALLOWED_STORES": installing.address.origin,
            "LAUREL_SECRET_KEY": Self.otherKey,
          ]
        ) { shop in
          let body = Array(
            #"{"__typename": "OrderPaid", "recipient": {"id": "\#(app.appID ?? "")"}}"#.utf8)
          let answer = try await shop.post(
            "/webhooks/saleor", body,
            headers: [
              ("Content-Type", "application/json"),
              ("Saleor-Signature", try InstallingShop.sign(body)),
              ("Saleor-Api-Url", installing.address.canonical),
            ])
          #expect(answer.status == 200)
          let code = try await shop.issueCode(
            #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10", "store": ""#
              + installing.address.canonical + #""}"#)
          #expect(code.status == 422, "it is not worked for")
        }
      }
    }
  }

  @Test func eachThingIsSaidOnce() async throws {
    try await InstallingShop.open { installing in
      try await installing.installer.install(HandshakeTests.manifest, name: "Laurel")
      let lines = NIOLockedValueBox<[String]>([])
      let log = Logger(label: "test") { label in
        LineLogHandler(label: label, level: .debug, format: .text) { line in
          lines.withLockedValue { $0.append(line) }
        }
      }
      let sealed = try installing.stores(key: Self.otherKey, log: log)
      for _ in 0..<3 {
        let stores = try await sealed.all()
        #expect(stores.map(\.isActive) == [false] && stores.map(\.token) == [nil])
      }
      #expect(lines.withLockedValue { $0.count { $0.contains("cannot be opened") } } == 1)
      let foreign = try installing.stores(allowing: "shop.example.com", log: log)
      for _ in 0..<3 { #expect(try await foreign.all().isEmpty) }
      #expect(lines.withLockedValue { $0.count { $0.contains("LAUREL_ALLOWED_STORES") } } == 1)
    }
  }
}
