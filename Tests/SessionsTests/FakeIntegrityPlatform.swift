// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// What watches a kernel, without one: all that it tells is the test's.
final class FakeIntegrityPlatform: IntegrityPlatform {
    struct State {
        var findings: [Finding] = []
        var status = IntegritySamples.status
        var changes: [ExplainedChange] = []
        var areas: [InspectionArea] = []
        var pieces: [InspectedPiece] = []
        /// What a scan tells; it ends behind that.
        var progress: [ScanProgress] = []
        var refusal: PlatformError?
        var scans: [Set<String>] = []
        var explainedBy: [String?] = []
        var isolation: String?
        var reads: [Read] = []
        var subscriptions: [FakeFindingSubscription] = []
    }

    struct Read: Hashable {
        var area: String
        var offset: UInt64
        var length: UInt64
        var caller: CallerIdentity
    }

    let state = Mutex(State())

    init(_ change: (inout State) -> Void = { _ in }) { state.withLock { change(&$0) } }

    var subscriptions: [FakeFindingSubscription] { state.withLock { $0.subscriptions } }

    private func answer<Value>(_ value: (inout State) -> Value) throws(PlatformError) -> Value {
        let answer: Result<Value, PlatformError> = state.withLock { state in
            if let refusal = state.refusal { return .failure(refusal) }
            return .success(value(&state))
        }
        return try answer.get()
    }

    func findings() async throws(PlatformError) -> [Finding] { try answer { $0.findings } }

    func watchFindings() async throws(PlatformError) -> any FindingSubscription {
        try answer { state in
            let subscription = FakeFindingSubscription()
            state.subscriptions.append(subscription)
            return subscription
        }
    }

    func integrityStatus() async -> IntegrityStatus { state.withLock { $0.status } }

    func scan(_ checks: Set<String>) async throws(PlatformError) -> AsyncStream<ScanProgress> {
        let steps = try answer { state in
            state.scans.append(checks)
            return state.progress
        }
        let (stream, continuation) = AsyncStream.makeStream(of: ScanProgress.self)
        for step in steps { continuation.yield(step) }
        continuation.finish()
        return stream
    }

    func explained(by check: String?) async throws(PlatformError) -> [ExplainedChange] {
        try answer { state in
            state.explainedBy.append(check)
            return state.changes
        }
    }

    func endIsolation() async throws(PlatformError) -> String? { try answer { $0.isolation.take() } }

    func inspectionAreas() async throws(PlatformError) -> [InspectionArea] { try answer { $0.areas } }

    func inspect(
        _ area: String, from offset: UInt64, length: UInt64, for caller: Caller
    ) async throws(PlatformError) -> [InspectedPiece] {
        try answer { state in
            state.reads.append(Read(area: area, offset: offset, length: length, caller: caller.identity))
            return state.pieces
        }
    }
}

/// Findings that the test feeds.
final class FakeFindingSubscription: FindingSubscription {
    private typealias Part = (findings: [Finding], missed: UInt64)

    private struct State {
        var queue: [Part] = []
        var reader: CheckedContinuation<Void, Never>?
        var isEnded = false
        var cancellations = 0
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.cancellations > 0 } }

    func feed(_ findings: [Finding], missed: UInt64 = 0) { wake { $0.queue.append((findings, missed)) } }

    /// As when the platform stops.
    func end() { wake { $0.isEnded = true } }

    func cancel() {
        wake { state in
            state.isEnded = true
            state.cancellations += 1
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let reader = state.withLock { state in
            change(&state)
            return state.reader.take()
        }
        reader?.resume()
    }

    func next() async -> (findings: [Finding], missed: UInt64)? {
        while true {
            let (part, isEnded) = state.withLock { state -> (Part?, Bool) in
                (state.queue.isEmpty ? nil : state.queue.removeFirst(), state.isEnded)
            }
            if let part { return part }
            if isEnded { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isEnded || !state.queue.isEmpty { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}

/// Values with every field set to something else than its default.
enum IntegritySamples {
    static func finding(
        _ id: UInt64, _ severity: Finding.Severity = .violation, check: String = "kernel-text", ended: UInt64? = nil
    ) -> Finding {
        Finding(
            id: id, check: check, severity: severity, subject: "do_sys_open+0x10 \u{1b}[31m",
            summary: "text was changed",
            attribution: "ftrace by nobody", advice: "Don't trust it.", process: 4711,
            differences: [
                Finding.Difference(symbol: "do_sys_open", offset: 16, expected: [0x90, 0x90], found: [0xcc]),
                Finding.Difference(symbol: "", expected: [], found: [0, 255]),
            ], firstSeen: 1_700_000_000_000_000_001, lastSeen: 1_700_000_000_000_000_002, ended: ended,
            response: severity == .violation ? .isolate : .report)
    }

    static func check(_ name: String, isFull: Bool = false) -> IntegrityStatus.Check {
        var check = IntegrityStatus.Check(name: name, covers: "what \(name) covers", isFull: isFull, response: .panic)
        check.looks = 3
        check.lastLook = 1_700_000_000_000_000_003
        check.duration = 12_345_678
        check.extent = "18.2 MB of text"
        check.baseline = "the image"
        check.gaps = ["one can't be read", "nor another"]
        check.violations = 2
        check.explained = 5_000
        return check
    }

    static var status: IntegrityStatus {
        IntegrityStatus(
            checks: [check("kernel-text", isFull: true), check("modules")], fastMaximum: 31, fullMaximum: 301,
            since: 1_700_000_000_000_000_000, processorTime: 987_654_321, baseline: "the image /boot/vmlinuz",
            isIsolated: true)
    }
}
