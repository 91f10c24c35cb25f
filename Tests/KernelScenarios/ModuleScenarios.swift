// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// `image.load_…`: code for the kernel itself. Modules, BPF programs, other kernels, firmware.
enum ModuleScenarios {
    private static let own = Make.exe(Lab.own)
    /// Small, needs nothing, does nothing, and isn't in use.
    private static let module = "ts_kmp"

    static let all: [Scenario] = [
        Scenario("loading a module is decided, from a file and from memory") { lab in
            let folder = try Lab.folder("modules")
            let packed = try packedModule(module)
            let plain = folder + "/\(module).ko"
            try unpack(packed, to: plain)
            let inside = folder + "/packed"
            try Lab.copy(packed, to: inside)
            func act(_ name: String, _ way: acts_module_loading, _ path: String) -> Act {
                Act(name) { acts_load_module(way, path, module) }
            }
            try await lab.attempt(
                [
                    act("finit_module", ACTS_FINIT_MODULE, plain).seen(path: plain),
                    // Linux 5.17, and what it unpacks is up to its configuration.
                    act("finit_module, packed", ACTS_FINIT_MODULE_COMPRESSED, inside).seen(path: inside)
                        .absent(-EINVAL, -EOPNOTSUPP, -ENOEXEC),
                    act("init_module", ACTS_INIT_MODULE, plain).seen(isUnresolvable: true),
                ], of: .imageLoadModule,
                under: Make.deny(.imageLoadModule, object: Make.path(folder + "/**", unresolvable: true)))
        },
        Scenario("modprobe is stopped by a rule on the modules' directory") { lab in
            let condition = Make.path("/usr/lib/modules/**", "/lib/modules/**", unresolvable: true)
            let modprobe = "/usr/sbin/modprobe"
            try await lab.attempt(
                [
                    Act("modprobe", refused: 1 << 8) {
                        defer { acts_unload_module(module) }
                        return Lab.exec(modprobe, [module])
                    }
                ], of: .imageLoadModule, under: Make.deny(.imageLoadModule, object: condition))
        },
        Scenario("a rule on a module's path leaves other modules alone") { lab in
            let folder = try Lab.folder("other-modules")
            let (denied, other) = (folder + "/denied.ko", folder + "/other.ko")
            for path in [denied, other] { try unpack(try packedModule(module), to: path) }
            try await lab.setPolicies([Make.policy(Make.deny(.imageLoadModule, object: Make.path(denied)))])
            try expect(acts_load_module(ACTS_FINIT_MODULE, denied, module), -EPERM, "the denied one")
            try expect(acts_load_module(ACTS_FINIT_MODULE, other, module), 0, "the other one")
        },
        Scenario("loading a BPF program is decided") { lab in
            try await lab.attempt(
                [Act("BPF_PROG_LOAD") { acts_load_program(ACTS_BPF_SOCKET_FILTER) }], of: .imageLoadBPF,
                under: Make.deny(.imageLoadBPF, subject: own))
        },
        Scenario("loading another kernel is decided") { lab in
            let file = try Lab.file(try Lab.folder("kernels") + "/kernel")
            try await lab.attempt(
                [
                    // The file is no kernel: that is found out once it was read.
                    Act("kexec_file_load") { acts_kexec_file_load(file) }.seen(path: file).passing(-ENOEXEC),
                    Act("kexec_load") { acts_kexec_load() }.seen(isUnresolvable: true),
                ], of: .imageLoadKernel,
                under: Make.deny(.imageLoadKernel, subject: own, object: Make.path(file, unresolvable: true)))
        },
        Scenario("loading firmware is decided") { lab in
            let name = "sallyport-scenario.bin"
            mkdir("/usr/lib/firmware", 0o755)
            let file = try Lab.file("/usr/lib/firmware/" + name)
            try expect(Lab.exec("/usr/sbin/modprobe", ["test_firmware"]), 0, "modprobe test_firmware")
            defer {
                acts_unload_module("test_firmware")
                unlink(file)
            }
            let trigger = "/sys/devices/virtual/misc/test_firmware/trigger_request"
            try await lab.attempt(
                [Act("request_firmware") { acts_write_text(trigger, name) }.seen(path: file)],
                of: .imageLoadFirmware, under: Make.deny(.imageLoadFirmware, object: Make.path(file)))
        },
    ]

    /// Where the running kernel's module lies, packed as it may be.
    static func packedModule(_ name: String) throws -> String {
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let base = "/usr/lib/modules/\(release)/kernel/lib/\(name).ko"
        guard let found = [".xz", ".zst", ".gz", ""].first(where: { access(base + $0, R_OK) == 0 }) else {
            throw Failure("no module \(base)")
        }
        return base + found
    }

    static func unpack(_ packed: String, to path: String) throws {
        let tools = [("xz", "/usr/bin/xz"), ("zst", "/usr/bin/zstd"), ("gz", "/usr/bin/gzip")]
        guard let tool = tools.first(where: { packed.hasSuffix("." + $0.0) })?.1 else {
            try Lab.copy(packed, to: path)
            return
        }
        unlink(path)
        try expect(try DaemonProcess.runToEnd([tool, "-dcq", packed], output: path), 0, "unpack \(packed)")
    }
}
