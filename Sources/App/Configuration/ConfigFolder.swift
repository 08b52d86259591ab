import FoundationEssentials

/// The folder with the files that a shopkeeper may edit, `config` in the repository.
package struct ConfigFolder: Sendable, Equatable {
  /// Where it is, without a slash at its end.
  package let path: String

  /// Looks for the folder; `nil` when it is nowhere.
  ///
  /// It is the folder of the file that LAUREL_CONFIG names; else `config` in the working directory;
  /// else `config` in the first folder above the program that has one. A `config` counts when
  /// `letters` is in it, because other programs have folders of that name too.
  /// - Parameters:
  ///   - configFile: the value of LAUREL_CONFIG.
  ///   - workingDirectory: the folder that the program was started in.
  ///   - executable: the program's own file.
  package init?(
    configFile: String?, workingDirectory: String = FileManager.default.currentDirectoryPath,
    executable: String? = ConfigFolder.executable
  ) {
    if let configFile {
      path = Self.parent(of: configFile) ?? "."
      return
    }
    var candidates = ["\(workingDirectory)/config"]
    var folder = executable.flatMap(Self.parent)
    while let current = folder {
      candidates.append("\(current == "/" ? "" : current)/config")
      folder = Self.parent(of: current)
    }
    let found = candidates.first { candidate in
      var isFolder = false
      return FileManager.default.fileExists(atPath: "\(candidate)/letters", isDirectory: &isFolder)
        && isFolder
    }
    guard let found else { return nil }
    path = found
  }

  /// The file that this process runs.
  package static var executable: String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }

  /// The folder in which a file or folder is; `nil` above the root and for a bare name.
  private static func parent(of path: String) -> String? {
    guard path != "/", let slash = path.lastIndex(of: "/") else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
