// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Glibc

/// What protection costs those who have nothing to do with it: bare, with a platform that protects nothing, with one that
/// protects itself, and with 1,000 protected files, on their file system and on one where nothing is protected. Instructions of one operation, in the VM under `-icount`.
enum ProtectionCost {
    private struct Loop {
        var word: String
        var count: Int32
    }

    /// An odd number.
    private static let repetitions: Int32 = 9
    private static let loops = [
        Loop(word: "signal", count: 2000), Loop(word: "write", count: 1000), Loop(word: "open", count: 1000),
        Loop(word: "unlink", count: 500), Loop(word: "rename", count: 500), Loop(word: "exec", count: 40),
    ]
    private static let folder = Lab.root + "/others/of/these"
    private static let elsewhere = Lab.root + "/elsewhere"

    /// One JSON object: `CONFIGURATION.LOOP` and the least of all repetitions.
    static func run(_ lab: Lab) async throws -> String {
        for path in [Lab.root + "/others", Lab.root + "/others/of", folder, Lab.root + "/kept"] { mkdir(path, 0o755) }
        mkdir(elsewhere, 0o755)
        try expect(mount("tmpfs", elsewhere, "tmpfs", 0, nil), 0, "a file system of its own")
        for path in [elsewhere + "/of", elsewhere + "/of/these"] { mkdir(path, 0o755) }
        for folder in [folder, elsewhere + "/of/these"] { try Lab.copy(Lab.tiny, to: folder + "/file") }
        var options: [String] = []
        for number in 0..<1000 {
            let path = Lab.root + "/kept/\(number)"
            try Lab.write("", to: path, mode: 0o644)
            options += ["--protect", path]
        }
        var rows = try measure("bare", folder) + measure("bare_elsewhere", elsewhere + "/of/these")
        let configurations = [
            ("off", ["--self-protection", "off"]), ("idle", ["--self-protection", "on"]),
            ("objects_1000", ["--self-protection", "on"] + options),
        ]
        for (name, options) in configurations {
            try await lab.daemon.start(options)
            // What the daemon does at its start has ended.
            try await Task.sleep(for: .seconds(3))
            rows += try measure(name, folder) + measure(name + "_elsewhere", elsewhere + "/of/these")
            try expect(lab.daemon.end(SIGTERM), 0, "the daemon's status")
            try await Task.sleep(for: .seconds(5))
        }
        return "{" + rows.joined(separator: ", ") + "}"
    }

    private static func measure(_ configuration: String, _ folder: String) throws -> [String] {
        try loops.map { loop in
            var nanoseconds = [UInt64](repeating: 0, count: Int(repetitions))
            let result = acts_cost(loop.word, folder + "/file", loop.count, repetitions, &nanoseconds)
            try expect(result, 0, "\(configuration) \(loop.word)")
            let least = Double(nanoseconds.min() ?? 0) / Double(loop.count)
            return "\"\(configuration).\(loop.word)\": \((least * 10).rounded() / 10)"
        }
    }
}
