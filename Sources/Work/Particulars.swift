import Domain
import Ledger
import Postgres

extension ReferralRepository.Particulars {
  /// What a decision writes of an order and its buyer, as far as he is not forgotten. Who writes it
  /// calls it in the transaction that decides, and `ErasureRepository.eraseAgain` at its end.
  /// - Throws: `PostgresError`, `SigningError`.
  static func of(
    _ order: Order, _ code: ReferralCode?, referral: Int,
    _ session: any PostgresSession, _ store: ConnectedStore, _ keys: RewardKeys
  ) async throws -> ReferralRepository.Particulars {
    let pseudonyms =
      try order.email.map { try keys.pseudonyms(of: $0.mailbox, store: store.address) } ?? []
    let buyer = try await ErasureRepository(session).buyer(
      store: store.id, referral: referral, orderID: order.id, customerID: order.userID,
      pseudonyms: pseudonyms)
    return Self(
      code: code, orderNumber: order.number, customerID: buyer.customerID,
      email: buyer.isForgotten ? nil : order.email,
      mailbox: buyer.isForgotten ? pseudonyms.first : order.email?.mailbox,
      isForgotten: buyer.isForgotten, orderUpdatedAt: order.updatedAt)
  }
}
