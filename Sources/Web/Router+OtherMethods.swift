import Hummingbird

extension Router {
  /// Answers 405 for the methods that a known path does not take (RFC 9110, section 15.5.6). Call it
  /// after all routes were added.
  func refuseOtherMethods() {
    let usual: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
    for (_, routes) in Dictionary(grouping: routes, by: \.path.description) {
      guard let path = routes.first?.path else { continue }
      var taken = Set(routes.map(\.method))
      // The router answers HEAD wherever it answers GET.
      if taken.contains(.get) { taken.insert(.head) }
      let problem = Problem(
        .methodNotAllowed, "method", "This path does not take this method.",
        allowed: Array(taken))
      for method in usual.subtracting(taken) {
        on(path, method: method) { _, _ -> Response in throw problem }
      }
    }
  }
}
