/// A text in a document, and how it is written there.
package struct YAMLScalar: Sendable {
  /// How a text is written.
  package enum Style: Sendable, CaseIterable {
    /// As it is.
    case plain
    /// In single quotes.
    case singleQuoted
    /// In double quotes, with escapes.
    case doubleQuoted
    /// After `|`, line by line.
    case literal
    /// After `>`, with lines that are joined.
    case folded
  }

  /// The text that is meant.
  package let text: String
  /// How it is written.
  package let style: Style
  /// What stands in the document, with quotes and indentation.
  private let source: [Unicode.Scalar]
  private let start: YAMLPlace

  /// A text that is written as `source`, which begins at `start`.
  package init(text: String, style: Style, source: [Unicode.Scalar], start: YAMLPlace) {
    self.text = text
    self.style = style
    self.source = source
    self.start = start
  }

  /// Where the character of `text` with this number, in Unicode scalars from 0, stands in the
  /// document; the end of the text for its end. White space is folded, so a space counts as the
  /// place of the next visible character.
  package func place(at offset: Int) -> YAMLPlace {
    let scalars = text.unicodeScalars
    var left = scalars.prefix(max(0, offset)).count { !Self.isWhite($0) }
    let isAtEnd = scalars.dropFirst(max(0, offset)).allSatisfy(Self.isWhite)
    var walk = Walk(source: source, place: start)
    switch style {
    case .plain: break
    case .singleQuoted, .doubleQuoted: walk.advance()
    case .literal, .folded:
      // The header ends with its line.
      while let scalar = walk.scalar, scalar != "\n" { walk.advance() }
    }
    while let scalar = walk.scalar {
      let (width, isVisible) =
        Self.isWhite(scalar) ? (1, false) : unit(scalar, before: walk.next)
      if left == 0 && (isAtEnd || isVisible) { break }
      for _ in 0..<width { walk.advance() }
      if isVisible { left -= 1 }
    }
    return walk.place
  }

  /// How many scalars of the source make one of the text, and whether that is a visible one.
  private func unit(
    _ scalar: Unicode.Scalar, before next: Unicode.Scalar?
  ) -> (width: Int, isVisible: Bool) {
    switch (style, scalar, next) {
    case (.singleQuoted, "'", _): (2, true)
    case (.doubleQuoted, "\\", "x"): (4, true)
    case (.doubleQuoted, "\\", "u"): (6, true)
    case (.doubleQuoted, "\\", "U"): (10, true)
    case (.doubleQuoted, "\\", let next):
      (2, !["n", "r", "t", " ", "\t", "\n", "\r"].contains(next))
    default: (1, true)
    }
  }

  private static func isWhite(_ scalar: Unicode.Scalar) -> Bool {
    [" ", "\t", "\n", "\r"].contains(scalar)
  }

  /// A way through the source that counts lines and columns.
  private struct Walk {
    let source: [Unicode.Scalar]
    var place: YAMLPlace
    var index = 0

    var scalar: Unicode.Scalar? { index < source.count ? source[index] : nil }
    var next: Unicode.Scalar? { index + 1 < source.count ? source[index + 1] : nil }

    mutating func advance() {
      guard let scalar else { return }
      index += 1
      place =
        scalar == "\n"
        ? YAMLPlace(line: place.line + 1, column: 1)
        : YAMLPlace(line: place.line, column: place.column + 1)
    }
  }
}
