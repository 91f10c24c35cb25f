// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Synchronization

/// The tables that the gate goes by: on machines whose kernel can't decide it decides by them, on all it asks by them.
final class GateTables: Sendable {
    fileprivate struct Entry: Sendable {
        var tables: PolicyTables
        var generation: UInt64
    }

    private struct State: Sendable {
        var current: Entry?
        /// On their way into the kernel: from then on they ask as well.
        var next: Entry?
        var denied: UInt64 = 0
    }

    private let state = Mutex(State())
    private let decides: Bool

    /// - Parameter decides: false where the kernel decides: tables are kept then only if they ask.
    init(decides: Bool) {
        self.decides = decides
    }

    /// Whether any rule asks, in force or on its way there.
    var ask: Bool {
        state.withLock { state in [state.next, state.current].contains { $0?.tables.asking.isEmpty == false } }
    }

    var denied: UInt64 { state.withLock { $0.denied } }

    /// Has tables ask that are about to be installed, beside those in force: which of them the kernel goes by, nobody knows
    /// until ``settle(_:generation:)`` or ``cancel()``.
    func prepare(_ tables: PolicyTables, generation: UInt64) {
        guard !tables.asking.isEmpty else { return }
        state.withLock { $0.next = Entry(tables: tables, generation: generation) }
    }

    func settle(_ tables: PolicyTables, generation: UInt64) {
        let isKept = decides || !tables.asking.isEmpty
        state.withLock { state in
            state.current = isKept ? Entry(tables: tables, generation: generation) : nil
            state.next = nil
        }
    }

    func cancel() { state.withLock { $0.next = nil } }

    /// Decides an execution. Without tables (never after start) it is allowed, as in the kernel.
    func decide(_ attempt: Attempt) -> (verdict: Verdict, rule: UInt32?, generation: UInt64) {
        guard let entry = state.withLock({ $0.current }) else { return (.allow, nil, 0) }
        let (verdict, rule) = entry.tables.decide(attempt)
        if verdict == .deny { state.withLock { $0.denied += 1 } }
        return (verdict, rule.map { UInt32($0) }, entry.generation)
    }

    /// The rules that ask about what a process does, if any.
    ///
    /// - Parameter subject: told whether nothing but its program is asked for; called once, and only where rules ask.
    func questions(
        about operations: [EndpointModel.Operation], access: Set<Access>, on path: ObservedPath,
        by subject: (_ pathsOnly: Bool) -> ProcessFacts
    ) -> [EndpointModel.Operation: PolicyQuestion] {
        let entries = state.withLock { [$0.next, $0.current].compactMap { $0 } }.filter { !$0.tables.asking.isEmpty }
        guard !entries.isEmpty else { return [:] }
        let subject = subject(entries.allSatisfy { $0.tables.asksForPathsOnly })
        var questions: [EndpointModel.Operation: PolicyQuestion] = [:]
        for operation in operations {
            let attempt = Attempt(
                operation: operation, subject: subject, object: .file(FileFacts(path: path)),
                access: operation == .fileOpen ? access : [])
            for entry in entries where questions[operation] == nil {
                questions[operation] = entry.question(on: attempt)
            }
        }
        return questions
    }
}

extension GateTables.Entry {
    func question(on attempt: Attempt) -> PolicyQuestion? {
        guard let number = tables.question(on: attempt), let asking = tables.asking[number] else { return nil }
        return PolicyQuestion(
            number: UInt32(number), generation: generation, policy: tables.names[number].policy,
            rule: tables.names[number].rule, timeout: UInt64(asking.timeoutMilliseconds) * 1_000_000,
            fallback: asking.onTimeout)
    }
}
