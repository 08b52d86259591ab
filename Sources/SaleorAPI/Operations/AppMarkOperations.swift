/// Asks what the App to which the token belongs keeps in its private metadata.
struct AppMarks: GraphQLOperation {
  static let name = "AppMarks"
  static let document = """
    query AppMarks {
      app { id privateMetadata { key value } }
    }
    """

  struct Answer: Decodable {
    struct App: Decodable {
      let id: String
      let privateMetadata: [MetadataItem]
    }
    let app: App?
  }
}

/// Writes entries into the private metadata of an object; the other entries stay.
struct PrivateMetadataUpdate: GraphQLOperation {
  let id: String
  let input: [MetadataItem]

  static let name = "PrivateMetadataUpdate"
  static let document = """
    mutation PrivateMetadataUpdate($id: ID!, $input: [MetadataInput!]!) {
      updatePrivateMetadata(id: $id, input: $input) {
        errors { field code message }
      }
    }
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      let errors: [MutationError]
    }
    let updatePrivateMetadata: Payload
  }
}
