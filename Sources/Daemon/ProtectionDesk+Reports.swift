// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import EventRecords
import Glibc
import KernelABI
import KernelProtection
import LinuxSystem
import Logging
import Sensor
import Subscribers
import Synchronization

/// What was refused becomes events.
extension ProtectionDesk {
    private static let waitMilliseconds: Int32 = 200
    private static let batch = 64

    func stop() { stopping.store(true, ordering: .relaxed) }

    /// Reads the ring of refusals until `stop`.
    func run(_ sensor: Sensor, _ subscribers: SubscriberTable) throws(BPFError) {
        let ring = try kernel.openRefusals()
        var lost = kernel.words.pointee.lost
        while !stopping.load(ordering: .relaxed) {
            var found: [Refusal] = []
            _ = try ring.drain(timeout: Self.waitMilliseconds, limit: Self.batch) { bytes in
                if let refusal = Refusal(bytes) { found.append(refusal) }
            }
            for refusal in found {
                if refusal.kind.isRefusal {
                    publish(refusal, sensor, subscribers)
                } else {
                    note(refusal)
                }
            }
            let now = kernel.words.pointee.lost
            if now != lost {
                logger.error(
                    "refusals weren't reported: more at once than there is room for",
                    metadata: ["count": "\(now &- lost)"])
                try? subscribers.lost(.kernelAccess, now &- lost)
                lost = now
            }
        }
    }

    private func publish(_ refusal: Refusal, _ sensor: Sensor, _ subscribers: SubscriberTable) {
        let fixed = refusal.record
        guard let operation = EndpointModel.Operation(kernelNumber: fixed.operation) else { return }
        let entry = state.withLock { state -> ProtectionEntry? in
            if fixed.entry != 0 { state.refused[fixed.entry, default: 0] += 1 }
            return state.entries.first { $0.id == fixed.entry }
        }
        var record = RecordWriter(operation, verdict: .deny, rule: nil, generation: 0)
        let pid = Int32(bitPattern: fixed.pid)
        var subject =
            sensor.process(pid: pid)
            ?? Process(identity: ProcessIdentity(pid: pid, startTime: fixed.start_time, execCount: 0))
        if subject.command.isEmpty { subject.command = refusal.command }
        record.setSubject(subject)
        record.fixed.access = fixed.access
        record.fixed.signal = fixed.signal
        record.fixed.way = fixed.way
        record.fixed.area = fixed.area
        if fixed.object_pid != 0 {
            record.fixed.other = sp_identity(
                pid: fixed.object_pid, tid: fixed.object_tid, start_time: fixed.object_start_time, exec_count: 0)
        } else if !refusal.names.isEmpty {
            record.setFile(file(refusal, entry))
        }
        record.setAnswer(
            vendor: entry?.vendor ?? Self.platformName,
            cause: refusal.kind == .sealed ? "sealed" : "protected", reason: reason(refusal, entry))
        do {
            if try !subscribers.submit(record, exe: subject.exe) { try subscribers.lost(operation, 1) }
        } catch {
            logger.error("a refusal can't be reported", metadata: ["reason": "\(error)"])
        }
    }

    private func file(_ refusal: Refusal, _ entry: ProtectionEntry?) -> FileObject {
        let fixed = refusal.record
        let root = entry.map { String(decoding: $0.object.path, as: UTF8.self) } ?? platformPath(fixed.entry)
        let path = root.flatMap(refusal.path(below:)).map { ObservedPath(bytes: $0) }
        // Of what lies deeper, and of directories above what is protected, the last names are known.
        let names = refusal.names.filter { $0 != [UInt8(ascii: "/")] }.reversed()
        var file = FileObject(path: path ?? ObservedPath(bytes: Array("…/".utf8) + names.joined(separator: "/".utf8)))
        file.identity.device = fixed.device
        file.identity.inode = fixed.inode
        file.identity.generation = fixed.generation
        file.mode = fixed.mode
        return file
    }

    private func platformPath(_ entry: UInt64) -> String? {
        let objects = platformObjects
        guard entry >= Self.platformEntry, entry < Self.platformEntry + UInt64(objects.count) else { return nil }
        return String(decoding: objects[Int(entry - Self.platformEntry)].path, as: UTF8.self)
    }

    private func reason(_ refusal: Refusal, _ entry: ProtectionEntry?) -> String {
        switch refusal.kind {
        case .bpfObject: "a BPF object of the platform"
        case .sealed: "the platform is sealed"
        default: entry.map { "protected for \($0.vendor)" } ?? "the platform's own"
        }
    }

    /// What isn't a refusal is the operator's to know.
    private func note(_ refusal: Refusal) {
        let who = "\(refusal.record.pid) (\(refusal.command))"
        switch refusal.kind {
        case .lostRights:
            logger.warning(
                "a process has mapped code that isn't its vendor's, nor a library that it had: it isn't protected any more",
                metadata: [
                    "process": "\(who)",
                    "file": "\(refusal.names.first.map { String(decoding: $0, as: UTF8.self) } ?? "")",
                ])
        case .notTrusted:
            let why = [
                "", "traced, or shared with another process", "under a seccomp filter",
                "in another mount namespace or below another root", "not root's", "at known places in memory",
            ]
            logger.warning(
                "a registered executable was started in a way that others have a hand in: it isn't taken for its vendor's",
                metadata: ["process": "\(who)", "reason": "\(why[min(Int(refusal.record.detail), 5)])"])
        case .moved: comeBack(refusal)
        case .goesDown: logger.notice("the machine is going down: process 1 may end everything")
        default: break
        }
    }

    /// Somebody moved a protected process to another cgroup. The daemon goes back to its own.
    private func comeBack(_ refusal: Refusal) {
        let moved = Int32(bitPattern: refusal.record.object_pid)
        logger.warning(
            "a protected process was moved to another cgroup",
            metadata: ["process": "\(moved)", "by": "\(refusal.record.pid) (\(refusal.command))"])
        guard moved == ProcFS.ownPID(), let home, refusal.record.pid != refusal.record.object_pid else { return }
        let descriptor = open(home + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if write(descriptor, "0", 1) != 1 {
            logger.error("the daemon can't go back to its cgroup", metadata: ["cgroup": "\(home)"])
        }
    }
}
