/// Text in aligned columns, for a terminal.
struct TextTable {
  private var rows: [[String]] = []

  /// A table under these headings; without any, none are written.
  init(_ headings: [String] = []) {
    if !headings.isEmpty { rows.append(headings) }
  }

  /// Adds a row. What the ledger does not know is written as "-".
  mutating func add(_ cells: [String?]) {
    rows.append(cells.map { Self.visible($0 ?? "-") })
  }

  /// The rows as lines, without a line end after the last.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      return cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// Control characters as spaces: some of the text comes from outside, and a terminal obeys them.
  private static func visible(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map {
          $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0
        }))
  }
}
