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

        /// The connection breaks off somewhere: what was in the ring, or on its way, behind the last record that was read is
        /// seen by nobody. Records of several processors overtake each other by some places, so that one of those may have a
        /// number below the highest that was seen.
        static let overtaking: UInt64 = 64

        /// Numbers that have to be seen, or in a gap: from the first one on.
        var expected: Range<UInt64> {
            let end = highest
            return end > Self.overtaking ? 1..<(end - Self.overtaking) : 0..<0
        }

        /// How many below the highest one seen are missing where the connection broke off.
        var brokenOff: Int {
            (max(expected.upperBound, 1)..<max(highest, expected.upperBound, 1)).count { number in
                !seen.contains(number) && !gaps.contains { $0.contains(number) }
            }
        }

        /// By how many places a record was overtaken at most.
        var overtaken: UInt64 = 0
        var highest: UInt64 = 0

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
                parts[last].highest = max(parts[last].highest, event.sequence)
                parts[last].overtaken = max(parts[last].overtaken, parts[last].highest - event.sequence)
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
            return """
                \(events) events in \(parts.count) connections, \(parts.reduce(0) { $0 + $1.gaps.count }) gaps within; none missing \
                untold, from number 1; overtaken by \(parts.map(\.overtaken).max() ?? 0) places at most; \
                \(parts.reduce(0) { $0 + $1.brokenOff }) below the last one seen where connections broke off
                """
        }
    }
}
