// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import LinuxSystem
import Synchronization

/// `credentials`: each task's ids, groups, capabilities, securebits and user namespace are those of its last legitimate
/// transition, or fewer.
///
/// Needs the BPF LSM: its hooks say what is legitimate. What is wrong now is a violation until it isn't; what was noticed
/// between two looks (a process that raised itself and then executed something, say) remains one, whatever becomes of the
/// process. Rights that a task acts with for a while (`override_creds`) are judged where the kernel never gives any: in a system
/// call that only waits, and where it executes, forks or changes its own. Fixture: `credentials`.
public final class CredentialCheck: IntegrityCheck {
    public let name = "credentials"
    public let covers =
        "Each task's ids, groups, capabilities and user namespace, against the last transition that the kernel allowed."
    public let pace = CheckPace.fast

    private enum Watch: Sendable {
        case none
        case running(CredentialWatch)
        case impossible(String)
    }

    private let watch = Mutex<Watch>(.none)

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        let started = watch.withLock { watch in
            if case .none = watch { watch = Self.start() }
            return watch
        }
        guard case .running(let running) = started else {
            if case .impossible(let reason) = started { result.gaps.append(reason) }
            return result
        }
        let outcome: CredentialWatch.Outcome
        do throws(BPFError) { outcome = try running.look() } catch {
            throw KernelMemoryError("tasks' rights can't be compared: \(error)")
        }
        result.baseline =
            "each task's last transition that the kernel allowed; of those that ran before, what they had at the first look"
        result.extent = "\(outcome.tasks) tasks"
        result.observations = outcome.mismatches.map { Self.observation($0, isPresent: true) }
        let present = Set(outcome.mismatches.map(\.pid))
        result.observations += outcome.passing.filter { !present.contains($0.pid) }.map {
            Self.observation($0, isPresent: false)
        }
        if outcome.forgotten > 0 {
            result.gaps.append("\(outcome.forgotten) more processes were noticed than are kept: the oldest aren't told")
        }
        if outcome.late > 0 {
            result.gaps.append("\(outcome.late) tasks were taken as they were found after the first look")
        }
        if outcome.unnoted > 0 {
            result.gaps.append("there was no room for a task \(outcome.unnoted) times: those aren't compared")
        }
        if outcome.skipped > 0 {
            result.gaps.append("the kernel has skipped \(outcome.skipped) runs of programs that note transitions")
        }
        return result
    }

    private static func start() -> Watch {
        guard ProcFS.securityModules()?.contains("bpf") ?? false else {
            return .impossible(
                "tasks' rights aren't compared: this kernel wasn't started with the BPF LSM (lsm=…,bpf), whose hooks tell"
                    + " what is legitimate")
        }
        do throws(BPFError) { return .running(try CredentialWatch()) } catch {
            return .impossible("tasks' rights aren't compared: \(error)")
        }
    }

    private static func observation(_ wrong: CredentialBreak, isPresent: Bool) -> Observation {
        let thread = wrong.pid == wrong.process ? "" : ", thread \(wrong.pid)"
        let changes = wrong.differences.joined(separator: ", ")
        return Observation(
            // Not by its name, which it gives itself: with another one in each look it would never count.
            .violation, subject: "process \(wrong.process)\(thread)",
            summary: "process \(wrong.process), \(wrong.name)\(thread), \(wrong.way.text)"
                + " rights that nothing legitimate gave it: \(changes)"
                + (isPresent ? "" : "; it has ended, or has them no more"),
            advice: Observation.distrust, process: wrong.process)
    }
}
