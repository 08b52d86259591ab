/// Reads whether staff find at the store what became of its orders.
struct NoteReader {
  private enum Choice: String, CaseIterable, Sendable {
    case on, off
  }

  /// What the environment says.
  func writesNotes(_ reader: inout EnvironmentReader) -> Bool {
    reader.choice("LAUREL_NOTES", standard: Choice.on) == .on
  }
}
