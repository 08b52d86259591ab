import Glibc

/// Writes lines for people to standard output, each at once, also when it is a pipe.
enum Terminal {
  /// Writes one line or several.
  static func say(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { bytes in
      _ = unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
    }
  }
}
