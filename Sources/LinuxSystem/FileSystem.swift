// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Reading and writing whole files, durably where it matters.
public enum FileSystem {
    /// A file's bytes; works for `/proc` files, whose size reads zero.
    public static func read(_ path: String, limit: Int = 16 << 20) throws(Errno) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno("open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw Errno("read \(path)")
            }
            bytes += chunk[..<count]
        }
        return bytes
    }

    public static func readText(_ path: String) throws(Errno) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Writes a file so that after a crash either the old or the new content is there: temporary file, fsync, rename,
    /// fsync of the directory.
    public static func writeDurably(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(Errno) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw Errno("create \(temporary)") }
        do throws(Errno) {
            try writeAll(bytes, to: descriptor, name: temporary)
            guard fsync(descriptor) == 0 else { throw Errno("fsync \(temporary)") }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let error = Errno("rename \(temporary) to \(path)")
            unlink(temporary)
            throw error
        }
        try syncDirectory(of: path)
    }

    /// Removes a file durably; it is no error when there is none.
    public static func removeDurably(_ path: String) throws(Errno) {
        guard unlink(path) == 0 || errno == ENOENT else { throw Errno("remove \(path)") }
        try syncDirectory(of: path)
    }

    /// Makes a directory and its parents.
    public static func makeDirectory(_ path: String, mode: UInt32) throws(Errno) {
        var built = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            built += "/" + component
            guard mkdir(built, mode) == 0 || errno == EEXIST else { throw Errno("make directory \(built)") }
        }
    }

    /// The names in a directory, sorted.
    public static func list(_ path: String) throws(Errno) -> [String] {
        guard let directory = opendir(path) else { throw Errno("list \(path)") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether nobody has a file open for writing, this process included; false where it can't be told.
    public static func isUnwritten(_ descriptor: Int32) -> Bool { clinux_is_unwritten(descriptor) != 0 }

    /// Whether a file lies on a file system that may take as long as it likes to be read: FUSE's, or a network's.
    public static func isRemote(_ descriptor: Int32) -> Bool { clinux_is_remote(descriptor) != 0 }

    /// Whether a file's content changes only by those who have opened it for writing, by this inode: on file systems of a
    /// disk or of memory, not where it lies elsewhere (overlays, networks).
    public static func keepsContent(_ descriptor: Int32) -> Bool { clinux_keeps_content(descriptor) != 0 }

    /// Whether the file of those numbers of `stat` is found under a path, last link not followed, as far as the kernel knows
    /// it without waiting for any file system; false as well when it would have to wait, and before Linux 5.12.
    public static func isKnown(_ path: [UInt8], device: UInt64, inode: UInt64) -> Bool {
        (path + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { clinux_is_known_as($0.baseAddress!, device, inode) != 0 }
        }
    }

    /// Reads from a position without waiting for a disk: how many bytes, at most those of `bytes`. File systems that can't
    /// promise it (tmpfs, overlays) are read as ever.
    ///
    /// - Throws: `EAGAIN` when the bytes aren't in memory; the kernel may be fetching them then.
    public static func readAtOnce(
        _ descriptor: Int32, at offset: Int64, into bytes: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let count = clinux_read_at_once(descriptor, bytes.baseAddress, UInt(bytes.count), offset)
        guard count >= 0 else { throw Errno("read at once") }
        return Int(count)
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(Errno) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Errno("write \(name)")
            }
            written += count
        }
    }

    private static func syncDirectory(of path: String) throws(Errno) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno("open \(parent)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Errno("fsync \(parent)") }
    }
}
