import Sandbox
import Signing

/// What checking a signature costs, as Laurel does it and in libcrypto alone, on one core.
struct CheckPart {
  /// What it works with.
  let bench: Bench

  /// Measures; the unit is microseconds of one processor for one delivery.
  func figures() throws -> [Figure] {
    let body = try OrderBody(repository: bench.repository, namesCode: false).template
    let secret = Array(Bench.secret.utf8)
    let key = HMACKey(secret)
    let digits = Hex.encode(try key.authenticate(body))
    let secrets = WebhookSecrets([Bench.secret])
    let compact = try bench.store.signer.sign(body)
    let keys = try JSONWebKeySet(json: bench.store.signer.keySet)
    let pair = try RSAPrivateKey()
    let signature = try pair.sign(body)
    guard let bare = try RSAPublicKey(modulus: pair.modulus, exponent: pair.exponent) else {
      throw BenchFailure("a key that was just drawn is refused")
    }

    let rounds = bench.form.rounds
    let hash = try Measurement(rounds: rounds, of: 5_000) { _ in _ = try key.authenticate(body) }
    let hmac = try Measurement(rounds: rounds, of: 5_000) { _ in
      guard try secrets.accept(signature: digits, of: body) else {
        throw BenchFailure("a good HMAC was refused")
      }
    }
    let rsa = try Measurement(rounds: rounds, of: 2_000) { _ in
      guard try unsafe bare.accepts(signature, of: [], body.span.bytes) else {
        throw BenchFailure("a good signature was refused")
      }
    }
    let jws = try Measurement(rounds: rounds, of: 2_000) { _ in
      try DetachedSignature(compact: compact).verify(body: body, keys: keys)
    }
    return [
      Figure(
        id: "check_hmac", name: "check of HMAC", unit: "us", value: hmac.series,
        reference: ("(c) libcrypto's HMAC-SHA256 of the body", hash.series)),
      Figure(
        id: "check_jws", name: "check of JWS", unit: "us", value: jws.series,
        reference: ("(c) libcrypto's RS256 verification", rsa.series)),
    ]
  }
}
