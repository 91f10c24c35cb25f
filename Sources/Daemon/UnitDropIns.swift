// SPDX-License-Identifier: Apache-2.0

import LinuxSystem

/// The directories in which systemd looks for additions to one unit (systemd.unit(5)). They are made where they aren't
/// there, so that they can be protected: what isn't there can't be, and who makes it adds a limit or another program.
///
/// Not among them: generators' directories, which systemd empties whenever it reads its units, and `service.d`, which is
/// everybody's.
enum UnitDropIns {
    private static let searched = [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/etc/systemd/system",
        "/etc/systemd/system.attached", "/run/systemd/system", "/run/systemd/system.attached",
        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    ]

    /// Of a file that is a service's unit; none of other files.
    static func directories(of file: String) -> [String] {
        guard let unit = file.split(separator: "/").last, unit.hasSuffix(".service") else { return [] }
        return searched.map { "\($0)/\(unit).d" }
    }

    /// What lies on a file system that nobody can write to needs none.
    static func make(for files: [String]) {
        for directory in files.flatMap(directories) { try? FileSystem.makeDirectory(directory, mode: 0o755) }
    }
}
