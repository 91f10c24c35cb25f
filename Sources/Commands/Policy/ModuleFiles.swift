// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Kernel modules below a directory, by their names.
enum ModuleFiles {
    static let endings = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"]

    /// Bytes of one; graphics drivers have up to 100 MB.
    static let maximumSize = 256 << 20

    /// Directories within each other; no distribution has half as many.
    static let maximumDepth = 32

    /// Where the running kernel's modules lie.
    static var directory: String {
        var names = utsname()
        uname(&names)
        let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return "/lib/modules/" + release
    }

    /// Sorted paths. Links to directories aren't followed (`build` and `source` lead out of it), links to modules are.
    ///
    /// - Throws: `CommandFailure` when a directory can't be read: a list without what is in it would look whole.
    static func below(_ directory: String) throws(CommandFailure) -> [String] {
        var paths: [String] = []
        try collect(directory.hasSuffix("/") ? String(directory.dropLast()) : directory, 1, into: &paths)
        return paths.sorted()
    }

    private static func collect(_ directory: String, _ depth: Int, into paths: inout [String]) throws(CommandFailure) {
        guard depth <= maximumDepth else {
            throw CommandFailure(.usage, "\(directory) lies more than \(maximumDepth) directories deep: name one in it")
        }
        guard let stream = opendir(directory.isEmpty ? "/" : directory) else { throw failure(directory) }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw failure(directory) }
                return
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let path = directory + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { throw failure(path) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try collect(path, depth + 1, into: &paths)
            case S_IFREG, S_IFLNK:
                guard endings.contains(where: { name.hasSuffix($0) }) else { continue }
                guard stat(path, &status) == 0 else { throw failure(path) }
                if status.st_mode & S_IFMT == S_IFREG { paths.append(path) }
            default: continue
            }
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.usage, "can't read \(VisibleText(path).text): \(String(cString: strerror(errno)))")
    }
}
