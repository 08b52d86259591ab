import Domain
import FoundationEssentials

extension StoreClient {
  /// What became of a note on its way to the store.
  package enum NoteWriting: Sendable, Equatable {
    /// It stands at the store.
    case written
    /// The store will never take it; why.
    case refused(String)
  }

  /// Writes a note into an order's private metadata, which only staff and Apps can read, beside what
  /// stands there under other keys. Sending the same again changes nothing. Needs the permission MANAGE_ORDERS.
  /// - Throws: `StoreError` when the call cannot be made now, `CancellationError`.
  package func write(note: [MetadataItem], toOrder id: String) async throws -> NoteWriting {
    // The store would write into whatever the id names.
    guard let name = Data(base64Encoded: id), name.starts(with: Array("Order:".utf8)) else {
      return .refused("\(id) is not the id of an order at the store")
    }
    return try await write(note, to: id)
  }

  /// Writes a note into a customer's private metadata, as above. Needs the permission MANAGE_USERS.
  /// - Throws: `StoreError` when the call cannot be made now, `CancellationError`.
  package func write(note: [MetadataItem], toCustomer id: String) async throws -> NoteWriting {
    guard UserID.isValid(id) else { return .refused("\(id) is not the id of a user at the store") }
    do {
      return try await write(note, to: id)
    } catch let error as StoreError where error.code == .permissionDenied {
      // The store says so too of a customer whom it does not know (recorded as
      // updatePrivateMetadata-err-not-found).
      if try await customer(id) == nil { return .refused("the store knows no such customer") }
      throw error
    }
  }

  private func write(_ note: [MetadataItem], to id: String) async throws -> NoteWriting {
    let operation = PrivateMetadataUpdate(id: id, input: note)
    let payload = try await graphQL.send(operation).updatePrivateMetadata
    return payload.errors.first.map { .refused($0.summary(hiding: operation.secrets)) } ?? .written
  }
}
