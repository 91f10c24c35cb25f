// SPDX-License-Identifier: Apache-2.0

import CYara
import Glibc

/// Compiled YARA rules.
///
/// `@unchecked Sendable`: libyara doesn't change rules once they are compiled, and each scan has a scanner of its own.
final class RuleSet: @unchecked Sendable {
    /// Why rules can't be used: a line for each mistake in them.
    struct Failure: Error {
        var text: String
    }

    let rules: UnsafeMutablePointer<YR_RULES>
    var count: Int { Int(rules.pointee.num_rules) }

    /// Compiles a file, or every `*.yar` in a directory. Each file is a namespace of its own.
    init(path: String) throws(Failure) {
        let files = Self.files(path)
        guard !files.isEmpty else { throw Failure(text: "\(path): there are no files *.yar in it") }
        var compiler: UnsafeMutablePointer<YR_COMPILER>?
        guard yr_initialize() == ERROR_SUCCESS, yr_compiler_create(&compiler) == ERROR_SUCCESS, let compiler else {
            throw Failure(text: "libyara can't be initialised")
        }
        defer { yr_compiler_destroy(compiler) }
        var mistakes: [String] = []
        for file in files {
            guard let stream = fopen(file, "re") else {
                throw Failure(text: "\(file): \(String(cString: strerror(errno)))")
            }
            defer { fclose(stream) }
            withUnsafeMutablePointer(to: &mistakes) { mistakes in
                yr_compiler_set_callback(compiler, Self.note, mistakes)
                _ = yr_compiler_add_file(compiler, stream, file, file)
            }
            // After a mistake the compiler takes no other file.
            guard mistakes.isEmpty else { throw Failure(text: mistakes.joined(separator: "\n")) }
        }
        var rules: UnsafeMutablePointer<YR_RULES>?
        guard yr_compiler_get_rules(compiler, &rules) == ERROR_SUCCESS, let rules, rules.pointee.num_rules > 0 else {
            throw Failure(text: "\(path): there is no rule in it")
        }
        self.rules = rules
    }

    private static func files(_ path: String) -> [String] {
        var status = stat()
        // What isn't there is told by opening it.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(path + "/*.yar", 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    private static let note: YR_COMPILER_CALLBACK_FUNC = { level, file, line, _, message, mistakes in
        guard level == YARA_ERROR_LEVEL_ERROR, let file, let message else { return }
        mistakes?.assumingMemoryBound(to: [String].self).pointee
            .append("\(String(cString: file)):\(line): \(String(cString: message))")
    }
}
