/// One step of the parser.
struct Event {
  /// What was found.
  enum Kind: Equatable {
    case streamStart, streamEnd, documentStart, documentEnd, alias
    case scalar(String, YAMLScalar.Style)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
  }

  /// A place, with the number of the Unicode scalar that stands there.
  struct Mark {
    let index: Int
    let place: YAMLPlace
  }

  /// What was found.
  let kind: Kind
  /// Where it begins.
  let start: Mark
  /// Where it ends.
  let end: Mark
  /// Whether it has an anchor.
  let isAnchored: Bool
  /// Whether it has a tag.
  let isTagged: Bool
}
