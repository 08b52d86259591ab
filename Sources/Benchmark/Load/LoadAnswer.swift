/// What a server made of a request.
enum LoadAnswer: Int, CaseIterable, Sendable {
  /// 200 and `{"status":"accepted"}`.
  case accepted
  /// 200 and `{"status":"duplicate"}`.
  case duplicate
  /// 200 with another body or none.
  case done
  /// 503.
  case unavailable
  /// Anything else.
  case refused
}
