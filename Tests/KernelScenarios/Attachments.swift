// SPDX-License-Identifier: Apache-2.0

import Glibc
import KernelPrograms

/// The deciding programs that are attached: their attachments are pinned by name.
enum Attachments {
    private static func paths() -> [String] {
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob("/sys/fs/bpf/sallyport/links-*/*", 0, nil, &matches) == 0 else { return [] }
        return (0..<Int(matches.gl_pathc)).compactMap { index in matches.gl_pathv[index].map { String(cString: $0) } }
    }

    static var names: Set<String> { Set(paths().compactMap { $0.split(separator: "/").last.map(String.init) }) }

    static func path(of program: KernelProgram) throws -> String {
        guard let path = paths().first(where: { $0.hasSuffix("/" + program.rawValue) }) else {
            throw Failure("\(program.rawValue) isn't attached")
        }
        return path
    }
}
