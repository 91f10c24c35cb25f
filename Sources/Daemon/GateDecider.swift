// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Sensor

/// What the gate asks: the policies, by the tables in force. Reports what it denies; the kernel reports what ran.
struct GateDecider: Sendable {
    let sensor: Sensor
    let hub: EventHub
    let tables: GateTables
    let sequence: EventSequence

    func mayGoOn(pid: Int32, file: FileObject) -> Bool {
        // The kernel's own link, not the process table: the question may overtake the record of an exec.
        let exe = ProcFS.link("/proc/\(pid)/exe").map { ObservedPath(bytes: $0) }
        let subjectPath = exe ?? ObservedPath(bytes: [], unresolvable: .anonymous)
        let attempt = Attempt(
            operation: .processExec, subject: ProcessFacts(exe: subjectPath), object: .file(FileFacts(path: file.path)))
        let decision = tables.decide(attempt)
        if decision.verdict != .allow {
            var subject =
                sensor.process(pid: pid) ?? Process(identity: ProcessIdentity(pid: pid, startTime: 0, execCount: 0))
            subject.exe = subjectPath
            let event = Event(
                sequence: sequence.next(), time: Clock.wall(), monotonicTime: Clock.boot(), operation: .processExec,
                decision: decision, subject: subject, object: .file(file, interpreter: nil))
            hub.publish([.event(event)])
        }
        return decision.verdict != .deny
    }
}
