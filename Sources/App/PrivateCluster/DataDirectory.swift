import Glibc
import SystemPackage

/// The folder of everything that Laurel keeps on disk, held by one process at a time.
///
/// The lock is an advisory `flock` on `<folder>/lock`. The kernel drops it when the process ends,
/// however it ends, so a killed Laurel never bars its successor. It is deliberately not tied to
/// the life of a Swift value: it stays until `release()` or the end of the process.
package struct DataDirectory: Sendable {
  /// The folder's absolute path, free of symbolic links.
  package let path: String
  private let lock: FileDescriptor

  /// Makes the folder when it is missing and takes its lock.
  ///
  /// - Throws: `DataDirectoryError.Code.inUse` while another process holds the folder.
  package init(locking path: String) throws(DataDirectoryError) {
    let folder = try Self.makeFolder(path)
    let file = folder.appending("lock")
    do {
      lock = try FileDescriptor.open(
        file, .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: .ownerReadWrite)
    } catch {
      throw DataDirectoryError(
        .unusable,
        "\(file) cannot be opened; run Laurel as the user that made the folder, or set "
          + "LAUREL_DATA_DIR to another one", cause: error)
    }
    self.path = folder.string
    do {
      try Self.takeLock(lock, of: folder)
    } catch {
      try? lock.close()
      throw error
    }
  }

  /// Gives the folder back before the process ends; a second call is an error of the caller.
  package func release() {
    // Closing alone would leave the lock to a program that is just being started and still has a
    // copy of the descriptor.
    _ = flock(lock.rawValue, LOCK_UN)
    try? lock.close()
  }

  /// Makes the folder at `path` and those above it, when missing, and gives its absolute path.
  ///
  /// New folders are closed to everyone else (0700). Made by root they may be crossed, not listed
  /// (0711), because PostgreSQL then runs as another user and has to reach its part of them. Those
  /// above are closed too: the demo's folder stands in the one that a shop's ledger comes into.
  static func makeFolder(_ path: String) throws(DataDirectoryError) -> FilePath {
    let folder = FilePath(path)
    do {
      let mode: mode_t = geteuid() == 0 ? 0o711 : 0o700
      try makeParents(of: folder, mode: mode)
      do {
        try ClusterFiles.makeFolder(folder, mode: mode)
      } catch Errno.fileExists {
        // Whoever made it chose its mode.
      }
      return try ClusterFiles.resolve(folder)
    } catch {
      throw DataDirectoryError(
        .unusable,
        "the data folder \(path) cannot be made or entered; set LAUREL_DATA_DIR to "
          + "a folder that this user may write", cause: error)
    }
  }

  private static func makeParents(of folder: FilePath, mode: mode_t) throws(Errno) {
    var missing: [FilePath] = []
    var parent = folder.removingLastComponent()
    while !parent.isEmpty, (try? Stat(parent)) == nil {
      missing.append(parent)
      parent.removeLastComponent()
    }
    for folder in missing.reversed() {
      try ClusterFiles.makeFolder(folder, mode: mode)
    }
  }

  private static func takeLock(
    _ lock: FileDescriptor, of folder: FilePath
  ) throws(DataDirectoryError) {
    guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else {
      let cause = Errno(rawValue: errno)
      guard cause == .wouldBlock else {
        throw DataDirectoryError(
          .unusable, "\(folder) cannot be locked; is it on a file system without locks?",
          cause: cause)
      }
      let text = try? ClusterFiles.readText(folder.appending("lock"), limit: 32)
      let holder = text.flatMap { $0.split(separator: "\n").first }.flatMap { Int32($0) }
      throw DataDirectoryError(
        .inUse,
        "the data folder \(folder) is in use by another Laurel"
          + (holder.map { ", process \($0)" } ?? "")
          + "; stop that one, or set LAUREL_DATA_DIR to another folder",
        holder: holder)
    }
    do {
      try lock.resize(to: 0)
      _ = try lock.writeAll(toAbsoluteOffset: 0, "\(getpid())\n".utf8)
    } catch {
      throw DataDirectoryError(.unusable, "\(folder) cannot be written", cause: error)
    }
  }
}
