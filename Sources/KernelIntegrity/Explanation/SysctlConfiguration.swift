// SPDX-License-Identifier: Apache-2.0

import LinuxSystem

/// What the system's configuration sets sysctls to (sysctl.d(5)). Who can write it can set them as well; but it stays to be seen.
enum SysctlConfiguration {
    private static let directories = [
        "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d",
    ]

    /// A file that sets a sysctl, `kernel.modprobe`, to a value; whether another overrides it isn't asked.
    static func file(setting sysctl: String, to value: String) -> String? {
        var files = ["/etc/sysctl.conf"]
        for directory in directories {
            for name in (try? FileSystem.list(directory)) ?? [] where name.hasSuffix(".conf") {
                files.append("\(directory)/\(name)")
            }
        }
        return files.first { file in
            guard let text = try? FileSystem.readText(file) else { return false }
            return text.split(separator: "\n").contains { sets($0, sysctl, value) }
        }
    }

    private static func sets(_ line: Substring, _ sysctl: String, _ value: String) -> Bool {
        guard let equals = line.firstIndex(of: "=") else { return false }
        let key = line[..<equals].filter { $0 != " " && $0 != "\t" && $0 != "-" }
        let set = line[line.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
        return set == value && String(key.map { $0 == "/" ? "." : $0 }) == sysctl
    }
}
