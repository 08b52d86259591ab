package import Domain
import FoundationEssentials

extension StoreClient {
  /// What became of a code on its way to the store.
  package enum CodeWriting: Sendable, Equatable {
    /// It stands in the user's public metadata.
    case written
    /// The store will never take it; why.
    case refused(String)
  }

  /// A part of the store's customers.
  package struct CustomerPage: Sendable, Equatable {
    /// A customer as the store lists him.
    package struct Customer: Sendable, Equatable {
      /// His id at the store.
      package let id: String
      /// His address; `nil` when the store has none that can be one.
      package let email: EmailAddress?
    }

    /// Up to 100 customers.
    package let customers: [Customer]
    /// Where the next page begins; `nil` when this is the last one.
    package let next: String?
  }

  /// Writes `code` under `ref_code` into a user's public metadata, where the storefront reads it.
  /// Sending the same again changes nothing.
  ///
  /// The store would write into whatever the id names, and a `ref_code` on an order is a claim to
  /// a reward: so the id has to be a user's.
  /// - Throws: `StoreError` when the call cannot be made now, `CancellationError`.
  package func write(code: ReferralCode, toUser id: String) async throws -> CodeWriting {
    guard UserID.isValid(id) else { return .refused("\(id) is not the id of a user at the store") }
    let operation = MetadataUpdate(
      id: id, input: [MetadataItem(key: Order.referralCodeKey, value: code.value)])
    let payload = try await graphQL.send(operation).updateMetadata
    return payload.errors.first.map { .refused($0.summary(hiding: operation.secrets)) } ?? .written
  }

  /// How many customers the store has.
  /// - Throws: `StoreError`, `CancellationError`.
  package func customerCount() async throws -> Int {
    guard let count = try await graphQL.send(CustomerCount()).customers?.totalCount else {
      throw StoreError(.unexpectedAnswer, "CustomerCount: no number of customers")
    }
    return count
  }

  /// The customers after `cursor`, from the first one when there is none.
  /// - Throws: `StoreError`, `CancellationError`.
  package func customers(after cursor: String?) async throws -> CustomerPage {
    guard let connection = try await graphQL.send(CustomersQuery(after: cursor)).customers else {
      throw StoreError(.unexpectedAnswer, "Customers: no list of customers")
    }
    let info = connection.pageInfo
    if info.hasNextPage && (info.endCursor == nil || info.endCursor == cursor) {
      throw StoreError(.unexpectedAnswer, "Customers: more pages, but no way on")
    }
    return CustomerPage(
      customers: connection.edges.map {
        .init(id: $0.node.id, email: EmailAddress($0.node.email))
      },
      next: info.hasNextPage ? info.endCursor : nil)
  }
}
