/// What the ledger keeps of a file, so that what was decided by it can be decided again: the file,
/// and behind it, as remarks, the list of throw-away mail services where a condition names it.
struct KeptText {
  private static let mark = "\n# The list \(TermsFile.disposableList) as it was:\n"

  /// The text as it is kept.
  let text: String
  /// The file's part of it.
  let file: String
  /// The list; `nil` where no condition names it.
  let list: Set<String>?

  /// What is to be kept of a file.
  init(file: String, list: Set<String>?) {
    self.file = file
    self.list = list
    let remarks = list.map { Self.mark + $0.sorted().map { "# \($0)\n" }.joined() }
    text = file + (remarks ?? "")
  }

  /// Takes apart what was kept.
  init(kept text: String) {
    self.text = text
    let parts = text.split(separator: Self.mark, omittingEmptySubsequences: false)
    let lines = parts.last?.split(separator: "\n") ?? []
    guard parts.count > 1, lines.allSatisfy({ $0.hasPrefix("# ") }) else {
      file = text
      list = nil
      return
    }
    file = parts.dropLast().joined(separator: Self.mark)
    list = Set(lines.map { String($0.dropFirst(2)) })
  }
}
