// SPDX-License-Identifier: Apache-2.0

import Arbitration
import ContentDigests
import EndpointModel
import Gate
import Glibc
import LinuxSystem
import Sensor
import Synchronization

/// Operations that the gate holds, as questions.
extension Arbiter {
    /// Puts a held operation to the agents. The answer, which may come at once, goes to the gate.
    ///
    /// - Parameters:
    ///   - questions: the policies' rules that ask about it; agents are asked about the rest that they want to be.
    ///   - mayPass: whether its file may pass unasked by what agents say: no rule asks about anybody else's.
    /// - Returns: by when it comes at the latest, and what applies then if this process ends before.
    func ask(
        _ operation: HeldOperation, by questions: [EndpointModel.Operation: PolicyQuestion], mayPass: Bool
    ) -> GateAnswer {
        let seeds = seeds(operation, questions)
        var deadline = operation.askedAt
        var allowAtDeadline = true
        step { state, now in
            // A pass knows no access: opens as such are always asked about.
            let isPassable = mayPass && operation.ticket.isWatched && !operation.operations.contains(.fileOpen)
            state.parts[operation.id] = HeldParts(open: seeds.count, ticket: isPassable ? operation.ticket : nil)
            var all: [ArbitrationAction] = []
            for seed in seeds {
                let (id, actions) = state.arbitration.ask(seed, now: now)
                state.held[id] = HeldQuestion(
                    id: operation.id, thread: operation.thread, seed: seed, question: questions[seed.operation])
                state.parts[operation.id]?.questions.append(id)
                all += actions
            }
            for case .deliver(let question, _) in all {
                deadline = max(deadline, question.deadline)
                allowAtDeadline = allowAtDeadline && question.fallback == .allow
            }
            return all
        }
        return .hold(within: .nanoseconds(deadline - operation.askedAt), allowAtDeadline: allowAtDeadline)
    }

    /// The guard, or the gate itself, has given a held operation its fallback.
    func expired(_ id: HeldOperation.ID, allowed: Bool) {
        step { state, now in
            (state.parts[id]?.questions ?? []).flatMap {
                state.arbitration.guardApplied(allowed ? .allow : .deny, to: $0, now: now)
            }
        }
    }

    // MARK: Answers

    /// An agent answers. An allow that is bound to a content counts when the file was read and has it.
    func answer(_ question: UInt64, _ answer: Answer, from client: ClientID, _ bound: BoundAnswers) {
        let isBound = answer.verdict == .allow && answer.digest != nil
        if isBound, state.withLock({ $0.held[question] != nil }), bound.add(question, answer) { return }
        apply(answer, to: question, from: client, content: nil)
    }

    func apply(_ answer: Answer, to question: UInt64, from client: ClientID, content: Digest?) {
        step { state, now in
            let actions = state.arbitration.answer(answer, to: question, from: client, content: content, now: now)
            for case .report(.refused(_, _, let why)) in actions where why == .digestDiffers || why == .digestUnknown {
                state.queues[client]?.reopen(question)
            }
            return actions
        }
    }

    /// The digest of the file that a question is about, while that is held; `nil` where it can't be told: who may write to it
    /// has it open, or it is too large, or its file system answers when it likes.
    func content(of question: UInt64) -> Digest? {
        guard let held = state.withLock({ $0.held[question]?.id }), let file = marks.duplicate(held) else { return nil }
        defer { close(file) }
        guard !FileSystem.isRemote(file) else { return nil }
        return FileDigest.ofUnchanged(file, sizeLimit: BoundAnswers.sizeLimit).flatMap(Digest.init(bytes:))
    }

    private func seeds(
        _ operation: HeldOperation, _ questions: [EndpointModel.Operation: PolicyQuestion]
    ) -> [QuestionSeed] {
        var status = stat()
        // Where somebody may write, or has mapped to write, the content may be another one by the next time.
        let isKnown =
            !operation.ticket.isUnknown && fstat(operation.descriptor, &status) == 0
            && FileSystem.isUnwritten(operation.descriptor)
        let changeTime = UInt64(max(0, status.st_ctim.tv_sec)) * 1_000_000_000 + UInt64(status.st_ctim.tv_nsec)
        let subject = subject(operation)
        return operation.operations.map { name in
            let access = name == .fileOpen ? Access.allCases.filter(operation.access.contains) : []
            let question = questions[name]
            return QuestionSeed(
                operation: name, access: access, subject: subject, file: operation.file,
                // Nobody asked, nothing said: what isn't asked about isn't held up.
                fallback: question?.fallback ?? .allow, timeout: question?.timeout, isByPolicy: question != nil,
                policy: question?.policy ?? "", rule: question?.rule ?? "",
                content: isKnown
                    ? ContentKey(
                        operation: name, access: access, file: operation.file, changeTime: changeTime,
                        writes: operation.ticket.writes ?? 0) : nil)
        }
    }

    /// Who attempts it. The process table knows most; the question may have overtaken the record of a fork or an exec, so
    /// that what it executes is the kernel's own word.
    private func subject(_ operation: HeldOperation) -> Process {
        var subject =
            sensor.process(pid: operation.pid)
            ?? Process(identity: ProcessIdentity(pid: operation.pid, startTime: 0, execCount: 0))
        subject.thread = operation.thread
        if let exe = ProcFS.link("/proc/\(operation.pid)/exe") { subject.exe = ObservedPath(bytes: exe) }
        return subject
    }
}
