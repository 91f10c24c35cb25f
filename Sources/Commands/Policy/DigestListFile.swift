// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import PolicyCompiler
import PolicyLanguage

/// A file of digests, a line each, such as `sha256sum` writes: read piece by piece, so that memory is bounded by how many
/// digests a machine's policies may name, whatever the file's length.
enum DigestListFile {
    static let limit = PolicyCompiler.Limits().digests

    /// Reads the lists that the policy file `file` names: beside it, unless they begin with `/`.
    static func reader(beside file: String) -> PolicyDocument.DigestLists {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        return { name throws(DigestListProblem) in try read(name.hasPrefix("/") ? name : folder + name) }
    }

    static func read(_ path: String) throws(DigestListProblem) -> [Digest] {
        // Without waiting for anybody who might write into it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DigestListProblem(
                "the list '\(path)' isn't a file", instead: "name a file that has a digest in each line")
        }
        return try read(descriptor, path)
    }

    private static func read(_ descriptor: Int32, _ path: String) throws(DigestListProblem) -> [Digest] {
        var digests: [Digest] = []
        var number = 0
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { break }
            rest += chunk[..<count]
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                number += 1
                try take(rest[start..<end], number, path, into: &digests)
                start = end + 1
            }
            rest.removeSubrange(..<start)
            guard rest.count <= FileContents.lineLimit else { throw bad(path, number + 1) }
        }
        if !rest.isEmpty { try take(rest[...], number + 1, path, into: &digests) }
        return digests
    }

    /// The digest that a line begins with. Empty lines and those that begin with `#` have none.
    private static func take(
        _ line: ArraySlice<UInt8>, _ number: Int, _ path: String, into digests: inout [Digest]
    ) throws(DigestListProblem) {
        var word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") && $0 != UInt8(ascii: "\r") }
        guard !word.isEmpty, word.first != UInt8(ascii: "#") else {
            // Blanks before a digest would hide it.
            guard word.first == UInt8(ascii: "#") || line.allSatisfy({ $0 <= UInt8(ascii: " ") }) else {
                throw bad(path, number)
            }
            return
        }
        if word.starts(with: prefix) { word = word.dropFirst(prefix.count) }
        guard let digest = Digest(digits: word) else { throw bad(path, number) }
        guard digests.count < limit else {
            throw DigestListProblem(
                "the list '\(path)' has more than \(limit) digests", instead: "leave out what no file has any more")
        }
        digests.append(digest)
    }

    private static let prefix = Array("sha256:".utf8)

    /// Without the line's text: the file may not be one that anybody meant to be shown.
    private static func bad(_ path: String, _ line: Int) -> DigestListProblem {
        DigestListProblem(
            "the list '\(path)' has no digest in line \(line)",
            instead: "begin each line with 64 hexadecimal digits, or with '#'")
    }

    private static func unreadable(_ path: String) -> DigestListProblem {
        DigestListProblem(
            "can't read the list '\(path)': \(String(cString: strerror(errno)))",
            instead: "name a file beside the policy's, or by its whole path")
    }
}
