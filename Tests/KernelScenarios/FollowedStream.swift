// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// What a subscriber that comes back has seen, connection by connection: every number, or a gap that names it.
final class FollowedStream: Sendable {
    /// Of one connection.
    struct Part {
        var seen: Set<UInt64> = []
        var gaps: [ClosedRange<UInt64>] = []
        var repeated = 0

        /// Records of several processors overtake each other by some places, and the connection breaks off in between. So they
        /// do where it begins: what came before its first marker isn't sent (LIMITS.md).
        static let overtaking: UInt64 = 64

        /// Numbers that have to be seen, or in a gap.
        var expected: Range<UInt64> {
            let end = seen.max() ?? 0
            return end > 2 * Self.overtaking ? Self.overtaking..<(end - Self.overtaking) : 0..<0
        }

        var silent: [UInt64] {
            expected.filter { number in !seen.contains(number) && !gaps.contains { $0.contains(number) } }
        }
    }

    private let parts = Mutex<[Part]>([Part()])
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let failure = Mutex<String?>(nil)

    init(_ socketPath: String, _ operations: Set<EndpointModel.Operation>) throws {
        let client = try SallyportClient(socketPath: socketPath)
        let running = Task { _ = try? await client.run() }
        let following = Task { [self] in
            do {
                for try await element in client.followEvents(EventFilter(operations: operations)) { take(element) }
                failure.withLock { $0 = "the stream ended" }
            } catch {
                if !Task.isCancelled { failure.withLock { $0 = "\(error)" } }
            }
            running.cancel()
        }
        task.withLock { $0 = following }
    }

    private func take(_ element: StreamElement) {
        parts.withLock { parts in
            let last = parts.count - 1
            switch element {
            case .event(let event):
                if !parts[last].seen.insert(event.sequence).inserted { parts[last].repeated += 1 }
            case .gap(let gap) where gap.place == .connection: parts.append(Part())
            case .gap(let gap): if let missing = gap.missing { parts[last].gaps.append(missing) }
            default: break
            }
        }
    }

    /// How often it has come back.
    var returns: Int { parts.withLock { $0.count - 1 } }

    /// Ends it, and looks at all.
    func conclude() throws -> String {
        task.withLock { $0?.cancel() }
        if let failure = failure.withLock({ $0 }) { throw Failure("the subscriber doesn't go on: \(failure)") }
        return try parts.withLock { parts in
            for (number, part) in parts.enumerated() {
                // Numbers begin anew with each connection: a second one without a gap before it would repeat them.
                try expect(part.repeated, 0, "numbers that came twice in connection \(number)")
                let silent = part.silent
                try require(silent.isEmpty, "lost without a gap in connection \(number): \(silent.prefix(5))")
            }
            let events = parts.reduce(0) { $0 + $1.seen.count }
            try require(parts.count { !$0.expected.isEmpty } > 1, "the subscriber saw too little: \(events) events")
            return
                "\(events) events in \(parts.count) connections, \(parts.reduce(0) { $0 + $1.gaps.count }) gaps within"
        }
    }
}
