// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Glibc

/// The modules of `Kernel/tests/tamper`, which lie where `TAMPER_MODULES` says.
enum Tamper {
    static var folder: String { IntegrityScenarios.environment("TAMPER_MODULES") }

    static func path(_ name: String) -> String { "\(folder)/tamper_\(name).ko" }

    /// Names of all that were built for this kernel.
    static var all: [String] {
        var names: [String] = []
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix("tamper_"), name.hasSuffix(".ko") { names.append(String(name.dropFirst(7).dropLast(3))) }
        }
        return names.sorted()
    }

    /// Tries to load it, and unloads it again: 0 or -errno.
    static func insert(_ name: String) -> Int32 { acts_load_module(ACTS_FINIT_MODULE, path(name), "tamper_\(name)") }

    static func load(_ name: String, _ parameters: String...) throws {
        try expect(
            try DaemonProcess.runToEnd(
                ["/usr/sbin/insmod", path(name)] + parameters, output: Lab.root + "/insmod.out"), 0,
            "status of insmod tamper_\(name)")
    }

    static func set(_ name: String, _ done: Bool) throws {
        let descriptor = open("/sys/module/tamper_\(name)/parameters/tamper", O_WRONLY | O_CLOEXEC)
        try require(descriptor >= 0, "open the parameter of tamper_\(name): \(errno)")
        defer { close(descriptor) }
        try expect(write(descriptor, done ? "1" : "0", 1), 1, "tamper by tamper_\(name)")
    }

    static func unload(_ name: String) { _ = acts_unload_module("tamper_\(name)") }
}
