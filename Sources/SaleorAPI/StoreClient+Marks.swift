package import Domain
import FoundationEssentials

extension StoreClient {
  /// The App to which the token belongs.
  package struct MarkedApp: Sendable, Equatable {
    /// Its id at the store.
    package let id: String
    /// The marks in its private metadata; `nil` when there are none.
    package let marks: LedgerMarks?
  }

  /// Where the marks stand in the App's private metadata: one entry, because the store writes one
  /// entry whole or not at all.
  private static let marksKey = "laurel.ledger"

  /// The App with the marks that a ledger left there. An App reads and writes its own private
  /// metadata without any permission (saleor/graphql/meta/permissions.py; recorded as
  /// updatePrivateMetadata-app-self).
  /// - Throws: `StoreError`, of the code `permissionDenied` too when the token is no App's;
  ///   `CancellationError`.
  package func markedApp() async throws -> MarkedApp {
    guard let app = try await graphQL.send(AppMarks()).app else {
      throw StoreError(.permissionDenied, "AppMarks: the token is not an App's")
    }
    return MarkedApp(
      id: app.id, marks: app.privateMetadata.value(of: Self.marksKey).map(Self.marks))
  }

  /// Leaves marks in the App's private metadata. Sending the same again changes nothing.
  /// - Throws: `StoreError`, `CancellationError`.
  package func write(_ marks: LedgerMarks, toApp id: String) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let value = String(decoding: try encoder.encode(marks), as: UTF8.self)
    let operation = PrivateMetadataUpdate(
      id: id, input: [MetadataItem(key: Self.marksKey, value: value)])
    let payload = try await graphQL.send(operation).updatePrivateMetadata
    if let error = payload.errors.first {
      throw StoreError(
        .invalidRequest, "PrivateMetadataUpdate: \(error.summary(hiding: operation.secrets))")
    }
  }

  /// Marks as they stand at the store. What is none of ours, or has a number that no ledger ever
  /// reaches, counts as another installation's.
  private static func marks(_ text: String) -> LedgerMarks {
    let marks = try? JSONDecoder().decode(LedgerMarks.self, from: Data(text.utf8))
    if let marks, (0..<1 << 30).contains(marks.generation), (0..<1 << 52).contains(marks.position) {
      return marks
    }
    return LedgerMarks(installation: "unreadable", key: "", generation: 0, position: 0)
  }
}
