import FoundationEssentials
import SaleorAPI
import Subprocess
import SystemPackage
import Testing

/// Every operation that Laurel sends, held against the store's schemas by a GraphQL library.
@Suite struct SchemaTests {
  @Test func everyOperationIsValidForTheStore() async throws {
    let folder = "/tmp/laurel-test-operations-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for operation in GraphQLOperations.all {
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
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: schemas)) ?? []
    for version in versions.sorted() where version.hasSuffix(".graphql") {
      arguments += ["--holds-against", "\(schemas)/\(version)"]
    }
    let result = try await run(
      .path("/usr/bin/python3"), arguments: Arguments(arguments), input: .none,
      output: .string(limit: 1 << 20), error: .combinedWithOutput)
    #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    let checked = GraphQLOperations.all.filter { result.standardOutput.contains($0.name) }
    #expect(checked.count == GraphQLOperations.all.count, "\(result.standardOutput)")
  }
}
