import CCurl

/// One mail on its way, or a greeting without one, on the one thread that runs it; libcurl calls back into it from there.
final class MailDelivery {
  /// How far the conversation has come: what the server's last reply was about.
  private enum Stage {
    case greeting, login, sender, recipient, content
  }

  private let mail: MailMessage?
  private let cancellation: StopSign
  private let closing: StopSign
  private var easy: EasyHandle
  private var stage = Stage.greeting
  private var isLeaving = false
  private var bytesTaken = 0

  /// Sends the mail, or greets the server when there is none, and waits for its last word.
  static func run(
    _ mail: MailMessage?, through server: SMTPServer, connectTimeout: Duration,
    deadline: ContinuousClock.Instant, cancellation: StopSign, closing: StopSign
  ) -> Result<Void, MailError> {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else {
      return .failure(MailError(.timeout, "the total timeout passed before a thread was free"))
    }
    ignoreBrokenPipes()
    do throws(HTTPTransportError) {
      let delivery = try MailDelivery(mail, cancellation: cancellation, closing: closing)
      try delivery.setConnection(to: server, connectTimeout: connectTimeout, totalTimeout: left)
      try delivery.setMail()
      try delivery.setCallbacks()
      return delivery.outcome(delivery.easy.perform())
    } catch {
      return .failure(MailError(.other, error.message, cause: error.cause))
    }
  }

  private init(
    _ mail: MailMessage?, cancellation: StopSign, closing: StopSign
  ) throws(HTTPTransportError) {
    self.mail = mail
    self.cancellation = cancellation
    self.closing = closing
    easy = try EasyHandle()
  }

  private func setConnection(
    to server: SMTPServer, connectTimeout: Duration, totalTimeout: Duration
  ) throws(HTTPTransportError) {
    try easy.set(CURLOPT_URL, server.connectionURL)
    try easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    try easy.set(CURLOPT_NOSIGNAL, 1)
    try easy.set(CURLOPT_PROXY, "")  // Not even one from the environment.
    try easy.set(CURLOPT_SSL_VERIFYPEER, 1)
    try easy.set(CURLOPT_SSL_VERIFYHOST, 2)
    let useTLS = server.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL
    try easy.set(CURLOPT_USE_SSL, Int(useTLS.rawValue))
    if let file = server.certificateFile { try easy.set(CURLOPT_CAINFO, file) }
    if let user = server.user, let password = server.password {
      // Of the stronger ways, some need a ticket or a domain that is not there, and fail.
      try easy.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
      try easy.set(CURLOPT_USERNAME, user)
      try easy.set(CURLOPT_PASSWORD, password)
    }
    try easy.set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout.wholeMilliseconds)
    try easy.set(CURLOPT_TIMEOUT_MS, totalTimeout.wholeMilliseconds)
    // Otherwise libcurl gives up on a single reply after two minutes.
    try easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, totalTimeout.wholeMilliseconds / 1000 + 1)
    try easy.set(CURLOPT_FORBID_REUSE, 1)
    try easy.set(CURLOPT_QUICK_EXIT, 1)  // A name that does not resolve must not hold the thread.
  }

  private func setMail() throws(HTTPTransportError) {
    guard let mail else {
      // NOOP does nothing (RFC 5321, section 4.1.1.9), and comes after TLS and the login.
      try easy.set(CURLOPT_CUSTOMREQUEST, "NOOP")
      try easy.set(CURLOPT_NOBODY, 1)
      return
    }
    try easy.set(CURLOPT_UPLOAD, 1)
    try easy.set(CURLOPT_MAIL_FROM, mail.sender)
    try easy.addLine(mail.recipient)
    try easy.useLines(as: CURLOPT_MAIL_RCPT)
    try easy.set(CURLOPT_INFILESIZE_LARGE, bytes: mail.data.count)
  }

  private func setCallbacks() throws(HTTPTransportError) {
    let myself = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe try easy.set(CURLOPT_READDATA, myself)
    unsafe try easy.set(CURLOPT_DEBUGDATA, myself)
    unsafe try easy.set(CURLOPT_XFERINFODATA, myself)
    unsafe try easy.setRead { buffer, size, count, context in
      unsafe MailDelivery.from(context)?.give(.init(start: buffer, count: size * count))
        ?? Int(CURL_READFUNC_ABORT)
    }
    unsafe try easy.setDebug { _, kind, bytes, count, context in
      if kind == CURLINFO_HEADER_OUT {
        unsafe MailDelivery.from(context)?.note(.init(start: bytes, count: count))
      }
      return 0
    }
    unsafe try easy.setProgress { context, _, _, _, _ in
      unsafe MailDelivery.from(context)?.mustStop == false ? 0 : 1
    }
    // What the server says does not go to standard output.
    unsafe try easy.set(CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> MailDelivery? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<MailDelivery>.fromOpaque(context).takeUnretainedValue()
  }

  // The outcome stands before the farewell; nobody waits for a server that is slow with it.
  private var mustStop: Bool {
    isLeaving || cancellation.isStopped || closing.isStopped
  }

  private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = (mail?.data ?? [])[bytesTaken...].prefix(buffer.count)
    unsafe buffer.copyBytes(from: part)
    bytesTaken += part.count
    return part.count
  }

  // A command that is about to go out. No line of a login looks like one of these.
  private func note(_ command: UnsafeRawBufferPointer) {
    let stages: [(start: String, stage: Stage)] = [
      ("AUTH ", .login), ("MAIL FROM:", .sender), ("RCPT TO:", .recipient), ("DATA\r\n", .content),
    ]
    for (start, next) in stages where unsafe command.starts(with: start.utf8) { stage = next }
    if unsafe command.starts(with: "QUIT\r\n".utf8) { isLeaving = true }
  }

  private func outcome(_ result: CURLcode) -> Result<Void, MailError> {
    guard result != CURLE_OK else { return .success(()) }
    let cause = Int(result.rawValue)
    let replyCode = easy.status
    let wentOut = stage == .content && bytesTaken == mail?.data.count
    if result == CURLE_ABORTED_BY_CALLBACK {
      return .failure(
        cancellation.isStopped
          ? MailError(
            .cancelled, "the task was cancelled", cause: cause, mayHaveBeenDelivered: wentOut)
          : MailError(
            .closed, "the transport was shut down", cause: cause, mayHaveBeenDelivered: wentOut))
    }
    if replyCode >= 400, result != CURLE_OPERATION_TIMEDOUT {
      return .failure(refusal(replyCode, result))
    }
    return .failure(
      MailError(
        Self.code(for: result), EasyHandle.message(for: result), cause: cause,
        mayHaveBeenDelivered: wentOut))
  }

  private func refusal(_ replyCode: Int, _ result: CURLcode) -> MailError {
    let (code, what): (MailError.Code, String) =
      switch stage {
      case _ where result == CURLE_USE_SSL_FAILED: (.tlsFailed, "TLS")
      case .greeting: (.serverRefused, "the session")
      case .login: (.authenticationFailed, "the login")
      case .sender: (.senderRefused, "the sender")
      case .recipient: (.recipientRefused, "the recipient")
      case .content: (.contentRefused, "the mail")
      }
    return MailError(
      code, "the mail server refused \(what) with \(replyCode)", replyCode: replyCode,
      cause: Int(result.rawValue))
  }

  // The numbers that libcurl gives a meaning of their own in SMTP; the others as everywhere.
  private static func code(for result: CURLcode) -> MailError.Code {
    switch result {
    case CURLE_LOGIN_DENIED: return .authenticationFailed
    case CURLE_USE_SSL_FAILED: return .tlsFailed
    default:
      switch HTTPTransportError.Code(always: result) {
      case .resolveFailed: return .resolveFailed
      case .connectFailed: return .connectFailed
      case .tlsFailed: return .tlsFailed
      case .timeout: return .timeout
      case .connectionLost: return .connectionLost
      default: return .other
      }
    }
  }
}
