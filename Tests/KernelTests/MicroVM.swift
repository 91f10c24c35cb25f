// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The micro-VM and the release build, as tests use them.
enum MicroVM {
    /// The package's root: this file is Tests/KernelTests/MicroVM.swift.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let release = root + "/.build/release"

    /// What ran: status and everything that it printed.
    struct Outcome {
        var status: Int32
        var output: String
    }

    /// The kernels in the cache: 6.1 and 6.12 always, `latest` where the mirror has it.
    static let kernels: [String] = {
        let listed = try? run(["scripts/kernels", "list"])
        return (listed?.output ?? "").split(separator: "\n").compactMap { $0.split(separator: " ").first }.map(
            String.init)
    }()

    /// For what is the same on every kernel but for figures: the one in the middle, at night all of them.
    static let kernelsForFigures: [String] =
        ProcessInfo.processInfo.environment["SALLYPORT_NIGHTLY"] == "1" ? kernels : ["6.12"]

    /// Runs a command of the repository on this machine.
    static func run(_ command: [String], environment: [String: String] = [:]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(filePath: root)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // A file, not a pipe: nobody has to read while it runs.
        let log = FileManager.default.temporaryDirectory.appending(path: "sallyport-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: log) }
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        process.waitUntilExit()
        let output = try String(decoding: Data(contentsOf: log), as: UTF8.self)
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Outcome(status: status, output: output)
    }

    /// Runs a mode of `kernel-scenarios` in the VM.
    static func scenarios(_ mode: String, kernel: String, options: [String] = [], timeout: Int = 900) throws -> Outcome
    {
        try run(
            ["scripts/vm", "--kernel", kernel, "--timeout", "\(timeout)"] + options + [
                "--", "\(release)/kernel-scenarios", mode, "\(release)/sallyportd", "\(release)/sallyport",
            ])
    }

    /// The last line of the output that is a JSON object.
    static func json(in output: String) throws -> [String: Any] {
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else { return [:] }
        return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
}
