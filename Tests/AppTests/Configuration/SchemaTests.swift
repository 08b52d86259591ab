import FoundationEssentials
import SaleorAPI
import Subprocess
import SystemPackage
import Testing

@testable import Web

/// Every operation that Laurel sends, its widget's, every query of its manifest's webhooks, and the
/// one of config/README.md for webhooks made by hand, held against the store's schemas by a GraphQL
/// library.
@Suite struct SchemaTests {
  @Test func everyOperationIsValidForTheStore() async throws {
    let folder = "/tmp/laurel-test-operations-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let operations =
      GraphQLOperations.all + Self.subscriptions + (try Self.storefront())
      + [(name: "README", document: try Patient.documentedQuery())]
    for operation in operations {
      let made = FileManager.default.createFile(
        atPath: "\(folder)/\(operation.name).graphql", contents: Data(operation.document.utf8))
      try #require(made)
    }
    var arguments = [
      "\(Recording.root)/Tests/check-operations.py", "--operations", folder, "--schema",
      "\(Recording.root)/Fixtures/schema/laurel.graphql",
    ]
    // The store's own schemas stand beside the repository where they are at hand; the small
    // schema, which is always here, is held against them then.
    let schemas = "\(Recording.root)/../shared/saleor/schemas"
    let versions = ((try? FileManager.default.contentsOfDirectory(atPath: schemas)) ?? [])
      .filter { $0.hasSuffix(".graphql") }.sorted()
    for version in versions { arguments += ["--holds-against", "\(schemas)/\(version)"] }
    let result = try await run(
      .path("/usr/bin/python3"), arguments: Arguments(arguments), input: .none,
      output: .string(limit: 1 << 20), error: .combinedWithOutput)
    #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    let checked = operations.filter { result.standardOutput.contains($0.name) }
    #expect(checked.count == operations.count, "\(result.standardOutput)")
    for version in versions {
      #expect(result.standardOutput.contains("laurel.graphql holds in \(version)"))
    }
  }

  /// What the widget sends from a visitor's browser, and what a storefront sends before.
  private static func storefront() throws -> [(name: String, document: String)] {
    let parts = Widget.text.split(separator: "const mutation = `")
    let mutation = try #require(parts.last?.split(separator: "`").first)
    try #require(parts.count == 2)
    return [
      (name: "LaurelCode", document: String(mutation)),
      (name: "CheckoutCreation", document: CheckoutCreation.document),
    ]
  }

  /// The queries for the oldest store, which every other must understand too, and for each newer one
  /// that is given others.
  private static var subscriptions: [(name: String, document: String)] {
    ["3.20", "3.21", "3.22", "3.23"].compactMap(StoreVersion.init).flatMap { version in
      WebhookSubscription.all(for: version, permissions: AppPermission.allCases).map {
        (
          name: "\($0.name.filter(\.isLetter))-\(version)",
          document: "# Stores from \(version) on.\n\($0.query)"
        )
      }
    }
  }
}
