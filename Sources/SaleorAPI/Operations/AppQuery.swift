/// Asks which App the token belongs to. A token that does not live is answered with a refused
/// permission (recorded: `app-self-bad`, `auth-deactivated-app`, `auth-deleted-app`).
struct AppQuery: GraphQLOperation {
  static let name = "App"
  static let document = """
    query App {
      app { id identifier isActive permissions { code } }
    }
    """

  struct Answer: Decodable {
    struct App: Decodable {
      struct Permission: Decodable { let code: String }
      let id: String
      let identifier: String?
      let isActive: Bool?
      let permissions: [Permission]?
    }
    let app: App?
  }
}
