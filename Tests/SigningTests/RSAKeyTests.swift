import Signing
import Testing

@Suite struct RSAKeyTests {
  /// RFC 7515, appendix A.2.
  @Test func matchesRFC7515() throws {
    let modulus = try #require(
      Base64URL.decode(
        ("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
          + "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX"
          + "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_"
          + "I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ").utf8
      ))
    let signature = try #require(
      Base64URL.decode(
        ("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2F"
          + "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
          + "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phC"
          + "nvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw").utf8
      ))
    let header = bytes("eyJhbGciOiJSUzI1NiJ9.")
    let payload = bytes(
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    )
    let key = try #require(try RSAPublicKey(modulus: modulus, exponent: [1, 0, 1]))
    #expect(key.byteCount == 256)
    #expect(try accepts(key, signature, header, payload))
    #expect(try accepts(key, signature, [], header + payload))
    #expect(try accepts(key, signature, header + payload, [UInt8]()))
    #expect(!(try accepts(key, signature, header, payload.dropLast())))
  }

  @Test func aDrawnKeySignsWhatItsPublicHalfAccepts() throws {
    let key = try RSAPrivateKey()
    #expect(key.modulus.count == 256)
    #expect(key.exponent == [1, 0, 1])
    let message = bytes("message")
    let signature = try key.sign(message)
    let half = try #require(try RSAPublicKey(modulus: key.modulus, exponent: key.exponent))
    #expect(try accepts(half, signature, [], message))
    let other = try StandInStore().key
    let foreign = try #require(try RSAPublicKey(modulus: other.modulus, exponent: other.exponent))
    #expect(!(try accepts(foreign, signature, [], message)))
    #expect(key.modulus != other.modulus)
  }

  private func accepts(
    _ key: RSAPublicKey, _ signature: [UInt8], _ prefix: [UInt8], _ rest: [UInt8]
  ) throws -> Bool {
    try unsafe key.accepts(signature, of: prefix, rest.span.bytes)
  }
}
