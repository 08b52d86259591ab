import Glibc
import SystemPackage

/// The few calls of the file system that the cluster needs and Swift System lacks.
enum ClusterFiles {
  /// Makes one folder with exactly `mode`, whatever the process's umask.
  static func makeFolder(_ path: FilePath, mode: mode_t) throws(Errno) {
    try check(unsafe mkdir(path.string, 0o700))
    try check(unsafe chmod(path.string, mode))
  }

  /// Makes a folder of mode 0700 whose name is `prefix` and six characters that nobody else has.
  static func makeUniqueFolder(prefix: String) throws(Errno) -> FilePath {
    var template = Array("\(prefix)XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return false }
      return unsafe mkdtemp(start) != nil
    }
    guard made else { throw Errno(rawValue: errno) }
    return FilePath(
      String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  /// Gives `path` itself, never what a symbolic link there points to, to `user`.
  static func changeOwner(of path: FilePath, to user: ClusterUser) throws(Errno) {
    try check(unsafe lchown(path.string, user.userID, user.groupID))
  }

  /// The absolute path without symbolic links of something that exists.
  static func resolve(_ path: FilePath) throws(Errno) -> FilePath {
    guard let resolved = unsafe realpath(path.string, nil) else { throw Errno(rawValue: errno) }
    defer { unsafe free(resolved) }
    return unsafe FilePath(String(cString: resolved))
  }

  /// Moves `source` to `target` in one step, replacing a file or an empty folder there.
  static func move(_ source: FilePath, to target: FilePath) throws(Errno) {
    try check(unsafe rename(source.string, target.string))
  }

  /// Makes a symbolic link at `path` that points to `target`.
  static func link(_ path: FilePath, to target: FilePath) throws(Errno) {
    try check(unsafe symlink(target.string, path.string))
  }

  /// Removes a file.
  static func removeFile(_ path: FilePath) throws(Errno) {
    try check(unsafe unlink(path.string))
  }

  /// Removes an empty folder.
  static func removeEmptyFolder(_ path: FilePath) throws(Errno) {
    try check(unsafe rmdir(path.string))
  }

  /// Reads the first `limit` bytes of a regular file.
  static func readText(_ path: FilePath, limit: Int) throws -> String {
    // The file may lie in a folder of another user, so a link or a pipe there must not be followed.
    let file = try FileDescriptor.open(
      path, .readOnly, options: [.closeOnExec, .noFollow, .nonBlocking])
    defer { try? file.close() }
    return try read(from: file, at: 0, limit: limit)
  }

  /// Reads the last `limit` bytes of a regular file.
  static func readEnd(of path: FilePath, limit: Int) throws -> String {
    let file = try FileDescriptor.open(
      path, .readOnly, options: [.closeOnExec, .noFollow, .nonBlocking])
    defer { try? file.close() }
    let size = try file.seek(offset: 0, from: .end)
    return try read(from: file, at: max(0, size - Int64(limit)), limit: limit)
  }

  /// Writes a small file of mode 0600 anew.
  static func writeText(_ text: String, to path: FilePath) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
      permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  /// Makes the names in a folder durable: a rename survives a power cut only after this.
  static func synchronize(folder: FilePath) throws {
    let descriptor = try FileDescriptor.open(
      folder, .readOnly, options: [.closeOnExec, .directory])
    defer { try? descriptor.close() }
    try check(fsync(descriptor.rawValue))
  }

  private static func read(
    from file: FileDescriptor, at offset: Int64, limit: Int
  ) throws -> String {
    var bytes = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < limit {
      let more = try unsafe bytes.withUnsafeMutableBytes { buffer in
        try unsafe file.read(
          fromAbsoluteOffset: offset + Int64(count),
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      }
      guard more > 0 else { break }
      count += more
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private static func check(_ result: CInt) throws(Errno) {
    guard result == 0 else { throw Errno(rawValue: errno) }
  }
}
