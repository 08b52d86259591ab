/// What makes a reward this reward and no other: the five parts of its business key.
///
/// The reward's code at the store and its id in the ledger are derived from these parts and from
/// nothing else. A ledger restored from an old backup therefore arrives at the same code again,
/// and the store's unique code stops a second payment.
package struct RewardIdentity: Hashable, Sendable {
  /// Who receives the reward.
  package enum Role: String, Sendable, CaseIterable {
    /// The customer who shared the code.
    case referrer
    /// The customer who used it.
    case friend
  }

  /// The store's canonical address at its first connection.
  package let storeAddress: String
  /// The order's id at the store.
  package let orderID: String
  /// The campaign that pays; `default` for the programme set by the environment.
  package let campaignID: String
  /// Who receives the reward.
  package let role: Role
  /// 1, and raised by a human only: a higher version is a second payment.
  package let version: Int

  /// Puts the parts together.
  package init(
    storeAddress: String, orderID: String, campaignID: String = "default", role: Role = .referrer,
    version: Int = 1
  ) {
    self.storeAddress = storeAddress
    self.orderID = orderID
    self.campaignID = campaignID
    self.role = role
    self.version = version
  }

  /// The parts as bytes: each as UTF-8 behind its length (4 bytes, big endian), so that no two
  /// identities share their bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for part in [storeAddress, orderID, campaignID, role.rawValue, String(version)] {
      let length = UInt32(clamping: part.utf8.count)
      for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(length >> shift & 0xFF)) }
      bytes.append(contentsOf: part.utf8)
    }
    return bytes
  }
}
