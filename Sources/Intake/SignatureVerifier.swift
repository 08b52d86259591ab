import Logging
import Signing

/// Verifies deliveries in the one way that their store is configured for: HMAC or JWS, and never the
/// one in place of the other.
struct SignatureVerifier: Sendable {
  /// The keys of the stores that sign with one.
  let keys: KeyDirectory

  /// Returns when `store` signed exactly these bytes.
  /// - Throws: `IntakeError`: `unauthorized` when it did not, `unavailable` when that cannot be told.
  func verify(
    _ request: DeliveryRequest, from store: StoreConnection, _ log: DeliveryLog
  ) async throws(IntakeError) {
    guard request.signatures.count == 1, let signature = request.signatures.first else {
      throw refusal("\(request.signatures.count) headers Saleor-Signature", log)
    }
    switch store.verification {
    case .hmac(let secrets):
      let isGenuine: Bool
      do {
        isGenuine = try secrets.accept(signature: signature, of: request.body)
      } catch {
        throw fault("\(error)", log)
      }
      guard isGenuine else { throw refusal("signature", log) }
    case .jws: try await verify(signature, of: request.body, from: store, log)
    }
  }

  private func verify(
    _ compact: String, of body: [UInt8], from store: StoreConnection, _ log: DeliveryLog
  ) async throws(IntakeError) {
    do {
      let signature = try DetachedSignature(compact: compact)
      let known = try await keys.keys(
        of: store.id, at: store.address, keyID: signature.keyID)
      try signature.verify(body: body, keys: known)
    } catch let error as SignatureError where !error.isRetryable {
      throw refusal("signature: \(error)", log)
    } catch let error as KeyDirectory.Failure {
      // Anybody can make up a key's id, so this is no error of ours to be looked at.
      throw fault("\(error)", log, level: .warning)
    } catch {
      throw fault("\(error)", log)
    }
  }

  /// The sender's fault: the failing step goes into the log, and no further.
  private func refusal(_ reason: String, _ log: DeliveryLog) -> IntakeError {
    log.write(.warning, "delivery refused", ["reason": "\(reason)"])
    return .unauthorized
  }

  /// Our own fault, after which the store is to come again.
  private func fault(
    _ reason: String, _ log: DeliveryLog, level: Logger.Level = .error
  ) -> IntakeError {
    log.write(level, "delivery not checked", ["error": "\(reason)"])
    return .unavailable("the signature could not be checked")
  }
}
