// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// `usermode-helpers`: the programs that the kernel starts by itself, as root, are those of the first look, or what the system's
/// own configuration of sysctls says.
///
/// For the kernel a change through `/proc/sys` by root and one by writing its memory leave the same; so a change that no file of
/// `sysctl.d` has is a violation, whoever made it. What already was another than the kernel's default at the first look is
/// explained by such a file or by its value. Fixture: `usermode_helper`.
public final class UsermodeHelpersCheck: IntegrityCheck {
    public let name = "usermode-helpers"
    public let covers =
        "The paths of programs that the kernel starts by itself (modprobe, core dumps, power-off, hotplug)."
    public let pace = CheckPace.fast

    private let first = Mutex<[String: String]>([:])

    public init() {}

    private struct Helper {
        var symbol: String
        var size: Int
        /// By which it is set.
        var sysctl: String?
        var defaults: Set<String>
    }

    private static let helpers = [
        Helper(
            symbol: "modprobe_path", size: 256, sysctl: "kernel.modprobe",
            defaults: ["/sbin/modprobe", "/usr/sbin/modprobe"]),
        Helper(symbol: "core_pattern", size: 128, sysctl: "kernel.core_pattern", defaults: ["core"]),
        Helper(
            symbol: "poweroff_cmd", size: 256, sysctl: "kernel.poweroff_cmd",
            defaults: ["/sbin/poweroff", "/usr/sbin/poweroff"]),
        Helper(symbol: "reboot_cmd", size: 16, sysctl: nil, defaults: ["/sbin/reboot", "/usr/sbin/reboot"]),
        Helper(symbol: "uevent_helper", size: 256, sysctl: "kernel.hotplug", defaults: [""]),
        Helper(symbol: "request_key.0", size: 32, sysctl: nil, defaults: ["/sbin/request-key"]),
    ]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        result.baseline = "the first look"
        var count = 0
        for helper in Self.helpers {
            guard let address = kernel.address(of: helper.symbol) else { continue }
            guard let value = try kernel.memory.bytes(address, helper.size)?.textBeforeZero else {
                result.gaps.append("\(helper.symbol) can't be read")
                continue
            }
            count += 1
            let then = first.withLock { known in
                if let known = known[helper.symbol] { return known }
                known[helper.symbol] = value
                return value
            }
            judge(helper, value, then, &result)
        }
        result.extent = "\(count) paths"
        return result
    }

    private func judge(_ helper: Helper, _ value: String, _ then: String, _ result: inout CheckResult) {
        if value == then && helper.defaults.contains(value) { return }
        let file = helper.sysctl.flatMap { SysctlConfiguration.file(setting: $0, to: value) }
        if value == then || file != nil {
            result.observations.append(
                Observation(
                    .explained, subject: helper.symbol,
                    summary: "\(helper.symbol) is \"\(value)\", not what the kernel is built with",
                    attribution: file.map { "sysctl \(helper.sysctl ?? "") of \($0)" }
                        ?? "it was so at the first look"))
            return
        }
        result.observations.append(
            Observation(
                .violation, subject: helper.symbol,
                summary:
                    "\(helper.symbol) was changed from \"\(then)\" to \"\(value)\", which the kernel starts as root",
                advice: helper.sysctl.map {
                    "If you changed it, write it into /etc/sysctl.d as \($0); else find out who did, set it back and look at what the program did."
                } ?? Observation.distrust,
                differences: [
                    Finding.Difference(
                        symbol: helper.symbol, expected: Array(then.utf8), found: Array(value.utf8))
                ]))
    }
}
