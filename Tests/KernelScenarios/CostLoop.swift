// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An operation that is performed again and again by `kernel-load`, for its cost.
struct CostLoop {
    /// What it is called in the figures.
    var name: String
    /// What it is called by `kernel-load`.
    var word: String
    /// The file that it acts on, as seen below ``root``.
    var path: String = "/bin/small"
    /// Operations a repetition.
    var count: Int
    /// An odd number: the median is one of them.
    var repetitions = 7
    /// Whether its object is another process.
    var isOnProcess = false
    /// Whether tracepoints report it, so that the daemon has work as well.
    var isReported = false

    /// A root in tmpfs: what is opened through the VM's share of the host's files costs the host's time.
    static let root = Lab.root + "/root"

    private static let library = "/lib/x86_64-linux-gnu/libc.so.6"
    /// Its directory begins as the directories that rules name, and then is another one: the walk goes the whole way.
    private static let notes = "/opt/vendor-17/release-5/share/notes.txt"

    static let all = [
        // A static program of two instructions: the least that an exec can cost.
        CostLoop(name: "exec_small", word: "exec", path: "/bin/small", count: 40, repetitions: 15, isReported: true),
        // `true` with its loader and the C library: two images more are mapped.
        CostLoop(name: "exec_dynamic", word: "exec", path: "/bin/dynamic", count: 15, isReported: true),
        CostLoop(name: "open_close", word: "open", path: notes, count: 1000),
        CostLoop(name: "mmap_library", word: "map", path: library, count: 500),
        CostLoop(name: "mprotect", word: "protect", count: 1000),
        CostLoop(name: "mprotect_executable", word: "protect-executable", count: 1000),
        CostLoop(name: "ptrace_attach", word: "attach", count: 300, isOnProcess: true),
        CostLoop(name: "kill", word: "signal", count: 2000, isOnProcess: true),
    ]

    /// Makes ``root`` and what lies in it.
    static func prepare() throws {
        let folders = [
            "", "/bin", "/lib64", "/lib", "/lib/x86_64-linux-gnu", "/opt", "/opt/vendor-17", "/opt/vendor-17/release-5",
            "/opt/vendor-17/release-5/share",
        ]
        for folder in folders { mkdir(root + folder, 0o755) }
        try Lab.copy(Lab.tiny, to: root + "/bin/small")
        try Lab.copy("/bin/true", to: root + "/bin/dynamic")
        try Lab.copy(Lab.loader, to: root + Lab.loader)
        try Lab.copy(library, to: root + library)
        _ = try Lab.file(root + notes)
    }
}
