import CCurl

// The same result of libcurl's can mean different things before and after the request went out.
extension HTTPTransportError.Code {
  /// What a result means when no byte of the request has left.
  init(beforeRequest result: CURLcode) {
    switch result {
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
      self = .invalidRequest
    default: self.init(always: result)
    }
  }

  /// What a result means when the request may be at the peer.
  init(afterRequest result: CURLcode, headersEnded: Bool) {
    switch result {
    case CURLE_OUT_OF_MEMORY where !headersEnded, Self.tooLarge where !headersEnded:
      // How libcurl reports a single header line above its own limit, before and since 8.6.
      self = .headersTooLarge
    default: self.init(always: result)
    }
  }

  /// What a result means where nothing more is known.
  init(always result: CURLcode) {
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST: self = .resolveFailed
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: self = .connectFailed
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
      self = .tlsFailed
    case CURLE_OPERATION_TIMEDOUT: self = .timeout
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
      self = .connectionLost
    default: self = .other
    }
  }

  // CURLE_TOO_LARGE, which older headers do not have.
  private static var tooLarge: CURLcode { CURLcode(rawValue: 100) }
}
