// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem

/// Guards whose daemon was killed.
///
/// Nothing on disk tells of them: a guard has its ledger as descriptor 3, and the ledger says whose guard it is.
enum OrphanedGuards {
    /// How long one may take to end by itself.
    static let limit = Duration.seconds(2)

    static func end(sparing own: Int32) {
        var ending: [Int32] = []
        for entry in (try? FileSystem.list("/proc")) ?? [] {
            guard let pid = Int32(entry), pid != own, let ledger = ledger(of: pid) else { continue }
            let daemon = Int32(truncatingIfNeeded: ledger.daemon.load())
            guard ledger.orphaned.load() != 0 || (daemon != getpid() && kill(daemon, 0) != 0) else { continue }
            ledger.ending.store(1)
            ending.append(pid)
        }
        let limit = Clock.boot() + limit.boot
        for pid in ending {
            let process = ProcessReference(pid)
            // Its descriptor 3 once more: the number may be another process's since.
            guard let process, self.ledger(of: pid) != nil else { continue }
            while !process.hasEnded(within: 20) {
                guard Clock.boot() > limit else { continue }
                // Stopped, perhaps. Nothing that it holds is left waiting: this daemon's gate holds the same.
                process.signal(SIGKILL)
                break
            }
        }
    }

    /// The ledger of a process, if it is one and root's. Anybody may have a descriptor 3 of that name; nothing of others is
    /// mapped, believed or made to end.
    private static func ledger(of pid: Int32) -> Ledger? {
        let path = "/proc/\(pid)/fd/3"
        guard ProcFS.link(path).map({ String(decoding: $0, as: UTF8.self) }) == "/memfd:\(Ledger.name) (deleted)" else {
            return nil
        }
        guard ProcFS.isRoots(pid) else { return nil }
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        // Adopted only when sealed; then whose it is. (It closes the descriptor.)
        guard let ledger = try? Ledger(adopting: descriptor) else { return nil }
        var status = stat()
        return fstat(ledger.memory.descriptor, &status) == 0 && status.st_uid == 0 ? ledger : nil
    }
}
