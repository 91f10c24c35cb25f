// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Gate
import Glibc
import LinuxSystem

/// A process with a gate and an owner that answers as it was told to: a daemon reduced to what these scenarios are about.
///
///     kernel-scenarios holder KEY=VALUE …
///
/// It says `ready` when it holds, and its counters after SIGTERM.
struct Holder {
    /// What the owner does when it is asked.
    enum Behaviour: String {
        case allow, deny
        /// Answers from another thread, after it has opened a file, written to another and run a program, all held.
        case agent
        /// Never answers.
        case never
        /// Is held up when it is asked, for longer than it may be.
        case stuck
        /// Allows, and has the file remembered.
        case remember
    }

    var behaviour = Behaviour.never
    var guardMode = GuardMode.allow
    var deadline = Duration.milliseconds(500)
    var allowsAtDeadline = true
    var operations = GatedOperations([.execution, .openForReading, .openForWriting])
    var scope = FanotifyGroup.Scope.mount
    var place = GateLab.root
    var exceptions: [String] = []
    /// Whether it keeps the single questions to itself.
    var isQuiet = false
    var patience = Guard.patience

    var words: [String] {
        [
            "behaviour=\(behaviour.rawValue)", "guard=\(guardMode.rawValue)", "deadline=\(milliseconds(deadline))",
            "fallback=\(allowsAtDeadline)", "operations=\(operations.rawValue)", "place=\(place)",
            "quiet=\(isQuiet)", "patience=\(milliseconds(patience))",
            "scope=\(scope == .mount ? "mount" : "filesystem")",
        ] + exceptions.map { "exception=\($0)" }
    }

    init() {}

    init(_ words: some Sequence<String>) {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "behaviour": behaviour = Behaviour(rawValue: parts[1]) ?? .never
            case "guard": guardMode = GuardMode(rawValue: parts[1]) ?? .allow
            case "deadline": deadline = .milliseconds(Int64(parts[1]) ?? 0)
            case "fallback": allowsAtDeadline = parts[1] == "true"
            case "operations": operations = GatedOperations(rawValue: UInt8(parts[1]) ?? 0)
            case "place": place = parts[1]
            case "scope": scope = parts[1] == "mount" ? .mount : .fileSystem
            case "quiet": isQuiet = parts[1] == "true"
            case "patience": patience = .milliseconds(Int64(parts[1]) ?? 0)
            case "exception": exceptions.append(parts[1])
            default: break
            }
        }
    }

    /// Holds until SIGTERM.
    func run() throws {
        var end = sigset_t()
        sigemptyset(&end)
        sigaddset(&end, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &end, nil)
        let gate = try Gate(
            GateConfiguration(
                guardMode: guardMode, guardExceptions: exceptions, deadline: deadline,
                allowAtDeadline: allowsAtDeadline,
                patience: patience))
        let owner = HolderOwner(self, gate)
        let thread = try SystemThread(name: "gate") {
            do {
                try gate.run(owner)
            } catch {
                say("the gate ended: \(error)")
            }
        }
        try gate.hold(operations, scope, of: place)
        gate.takeOver()
        say("ready")
        var number: Int32 = 0
        sigwait(&end, &number)
        let counters = gate.counters
        gate.stop()
        thread.join()
        let values: KeyValuePairs = [
            "questions": counters.questions, "allowed": counters.allowed, "denied": counters.denied,
            "unasked": counters.unasked, "expiredAllowed": counters.expiredAllowed,
            "expiredDenied": counters.expiredDenied, "ledgerFull": counters.ledgerFull,
            "takenAllowed": counters.takenAllowed, "takenDenied": counters.takenDenied, "swept": counters.swept,
            "absences": counters.absences, "late": counters.late, "refused": counters.refused,
            "remembered": counters.remembered, "guardRestarts": counters.guardRestarts,
            "guardContinued": counters.guardContinued,
        ]
        let delay = counters.longestDelay.components
        say(
            "counters longestDelay=\(delay.seconds * 1_000_000_000 + delay.attoseconds / 1_000_000_000) "
                + values.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
    }
}

/// Answers as a holder was told to.
final class HolderOwner: GateOwner {
    private let holder: Holder
    private let gate: Gate

    init(_ holder: Holder, _ gate: Gate) {
        self.holder = holder
        self.gate = gate
    }

    func isExempt(_ pid: Int32) -> Bool { holder.behaviour == .agent && ProcFS.parent(of: pid) == getpid() }

    func ask(_ operation: HeldOperation) -> GateAnswer {
        tell(
            "asked \(operation.operations.map(\.rawValue).joined(separator: "+")) "
                + "\(operation.access.map(\.rawValue).sorted().joined(separator: "+")) \(operation.file.path.text)")
        switch holder.behaviour {
        case .allow: return .allow
        case .deny: return .deny
        case .remember:
            gate.answer(operation.id, allow: true, remembering: operation.ticket)
            return .hold(within: holder.deadline, allowAtDeadline: false)
        case .never: return .hold(within: holder.deadline, allowAtDeadline: holder.allowsAtDeadline)
        case .stuck:
            Clock.sleep(microseconds: 900_000)
            return .allow
        case .agent:
            guard let thread = try? SystemThread(name: "agent", { [self] in answer(operation) }) else { return .deny }
            thread.detach()
            return .hold(within: holder.deadline, allowAtDeadline: false)
        }
    }

    /// What an agent does before it answers: all of it is held.
    private func answer(_ operation: HeldOperation) {
        let worked =
            (try? Lab.read(GateLab.text)) != nil && (try? Lab.write("asked", to: GateLab.root + "/agent.log")) != nil
            && Lab.exec(GateLab.program) == 0
        gate.answer(operation.id, allow: worked)
    }

    func expired(_ id: HeldOperation.ID, allowed: Bool) { tell("expired \(allowed ? "allow" : "deny")") }

    private func tell(_ text: String) { if !holder.isQuiet { say(text) } }

    func refused(_ error: Errno) { say("refused \(error)") }
}
