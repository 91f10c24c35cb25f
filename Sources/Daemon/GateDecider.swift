// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import EventRecords
import Gate
import LinuxSystem
import Logging
import Sensor
import Subscribers

/// What the gate asks: at tier `gate` the policies, by the tables in force, as the kernel can't; then, at every tier, the
/// agents: those whom a policy's rule asks, else those that want to be asked. Reports what it denies; the kernel reports what ran.
struct GateDecider: GateOwner {
    let tier: Tier
    let sensor: Sensor
    let tables: GateTables
    let subscribers: SubscriberTable
    let arbiter: Arbiter
    let logger: Logger

    /// Agents pass unasked, but not unjudged: where the kernel decides, it has.
    func isExempt(_ pid: Int32) -> Bool { tier != .gate && arbiter.isAgents(pid) }

    func ask(_ operation: HeldOperation) -> GateAnswer {
        if tier == .gate {
            if operation.operations.contains(.processExec), !mayGoOn(pid: operation.pid, file: operation.file) {
                return .deny
            }
            if arbiter.isAgents(operation.pid) { return .allow }
        }
        let questions = tables.questions(
            about: operation.operations, access: operation.access, on: operation.file.path
        ) { ProcessFacts(holding: operation.pid, thread: operation.thread, pathsOnly: $0) }
        return arbiter.ask(operation, by: questions, mayPass: tier == .enforce && !tables.ask)
    }

    func expired(_ id: HeldOperation.ID, allowed: Bool) {
        logger.warning(
            "a held operation was decided by the gate's guard: the daemon took too long",
            metadata: ["verdict": "\(allowed ? "allow" : "deny")"])
        arbiter.expired(id, allowed: allowed)
    }

    func refused(_ error: Errno) {
        logger.warning(
            "the kernel refused an operation: it couldn't open the file for the gate",
            metadata: ["reason": "\(error)"])
    }

    private func mayGoOn(pid: Int32, file: FileObject) -> Bool {
        // The kernel's own link, not the process table: the question may overtake the record of an exec.
        let exe = ProcFS.link("/proc/\(pid)/exe").map { ObservedPath(bytes: $0) }
        let subjectPath = exe ?? ObservedPath(bytes: [], unresolvable: .anonymous)
        let attempt = Attempt(
            operation: .processExec, subject: ProcessFacts(exe: subjectPath), object: .file(FileFacts(path: file.path)))
        let (verdict, rule, generation) = tables.decide(attempt)
        if verdict != .allow {
            let subject =
                sensor.process(pid: pid) ?? Process(identity: ProcessIdentity(pid: pid, startTime: 0, execCount: 0))
            var record = RecordWriter(.processExec, verdict: verdict, rule: rule, generation: generation)
            record.setSubject(subject)
            record.setFile(file)
            do {
                if try !subscribers.submit(record, exe: exe) { try subscribers.lost(.processExec, 1) }
            } catch {
                logger.error("a denial of the gate can't be reported", metadata: ["reason": "\(error)"])
            }
        }
        return verdict != .deny
    }
}
