// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxSystem

/// A module of `Kernel/tests/tamper`.
struct Fixture {
    let name: String

    init(_ name: String) { self.name = name }

    private var module: String { "/sys/module/tamper_\(name)" }
    private var folder: String { "\(module)/parameters" }

    /// - Parameter parameters: `NAME=VALUE`, as `insmod` takes them.
    func load(_ parameters: [String]) throws {
        let file = "\(environmentValue("TAMPER_MODULES"))/tamper_\(name).ko"
        try Self.run(["/sbin/insmod", file] + parameters)
    }

    static func run(_ arguments: [String]) throws {
        guard try ChildProcess(arguments, inheriting: []).wait() == .ended(0) else {
            throw LabError(arguments.joined(separator: " "), EINVAL)
        }
    }

    func tamper(_ done: Bool) throws {
        let descriptor = open("\(folder)/tamper", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LabError("open \(folder)/tamper", errno) }
        defer { close(descriptor) }
        guard write(descriptor, done ? "1" : "0", 1) == 1 else { throw LabError("tamper", errno) }
    }

    /// Waits until it has undone itself: hidden from sysfs, it can't be told to.
    func waitUntilUndone() throws {
        for _ in 0..<300 {
            if let text = try? FileSystem.readText("\(folder)/tamper"), text.hasPrefix("0") {
                // Its directory is there before it is on the list again.
                Clock.sleep(microseconds: 100_000)
                return
            }
            Clock.sleep(microseconds: 50_000)
        }
        throw LabError("\(name) doesn't come back", ETIMEDOUT)
    }

    var place: String {
        ((try? FileSystem.readText("\(folder)/place")) ?? "").split(separator: "\n").first.map { String($0) } ?? ""
    }

    func unload() {
        // A live patch must be disabled, and is when no process runs it any more.
        let patch = "/sys/kernel/livepatch/tamper_\(name)"
        let descriptor = open("\(patch)/enabled", O_WRONLY | O_CLOEXEC)
        if descriptor >= 0 {
            _ = write(descriptor, "0", 1)
            close(descriptor)
            for _ in 0..<600 where FileSystem.exists(patch) { Clock.sleep(microseconds: 50_000) }
        }
        try? Self.run(["/sbin/rmmod", "tamper_\(name)"])
    }
}

struct LabError: Error, CustomStringConvertible {
    var description: String
    init(_ what: String, _ code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
}

func environmentValue(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
