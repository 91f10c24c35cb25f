// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import EventRecords
import EventRing
import LinuxSystem
import Sessions
import Subscribers
import Synchronization

/// One subscriber's stream, read from its ring when it asks for more.
///
/// There is no queue but the ring: who doesn't read fills it, and then the kernel counts what it can't send.
///
/// ## Concurrency model
/// `next` is called by one task and decodes on it; `cancel` and `end` by any. The stream's state is behind a mutex.
final class Subscription: EventSubscription {
    /// Elements handed over at once.
    static let maxBatch = 512

    /// How long records gather after some were handed over, nanoseconds. The first event after a rest is handed over at
    /// once; in a burst each hand-over wakes a chain of threads and a client, and one for every record cost 67 µs of
    /// processor time an event, gathered ones 18 µs (10,000 forks, one gRPC client).
    static let gatherNanoseconds: UInt64 = 5_000_000

    private struct State {
        var assembler: EventAssembler
        /// The living processes, while they haven't been handed over.
        var snapshot: [Process]
        /// The stream begins behind it.
        var beginning: UInt64?
        var lastHandOver: UInt64 = 0
        var isEnded = false
    }

    private let ring: EventRing
    private let watcher: RingWatcher
    /// The table as it is now, after records were lost that ours follows from.
    private let currentTable: @Sendable () -> ProcessTable
    private let state: Mutex<State>
    private let onCancel: @Sendable () -> Void
    private let onMark: @Sendable (UInt64) throws(SubscriberError) -> Void

    /// - Parameters:
    ///   - table: what is known of processes at the marker `beginning`, which is in the ring.
    ///   - onMark: puts a marker into the ring.
    init(
        ring: EventRing, beginning: UInt64, assembler: EventAssembler, snapshot: Bool,
        watcher: RingWatcher, currentTable: @escaping @Sendable () -> ProcessTable,
        onMark: @escaping @Sendable (UInt64) throws(SubscriberError) -> Void,
        onCancel: @escaping @Sendable () -> Void
    ) {
        self.ring = ring
        self.watcher = watcher
        self.currentTable = currentTable
        self.onMark = onMark
        self.onCancel = onCancel
        let processes = snapshot ? assembler.table.processes : []
        state = Mutex(State(assembler: assembler, snapshot: processes, beginning: beginning))
    }

    deinit {
        watcher.forget(ring.descriptor)
        onCancel()
    }

    func next() async -> [StreamElement]? {
        await withTaskCancellationHandler {
            while true {
                let (batch, lastHandOver, isEnded) = state.withLock { state in
                    (state.isEnded ? [] : take(&state), state.lastHandOver, state.isEnded)
                }
                if isEnded { return nil }
                if !batch.isEmpty { return batch }
                await watcher.wait(ring.descriptor)
                let rest = Clock.boot() &- lastHandOver
                if rest < Self.gatherNanoseconds {
                    try? await Task.sleep(nanoseconds: Self.gatherNanoseconds - rest)
                }
            }
        } onCancel: {
            cancel()
        }
    }

    func mark(_ marker: UInt64) throws(PlatformError) {
        do {
            try onMark(marker)
        } catch {
            throw PlatformError(error)
        }
    }

    func cancel() {
        end()
        onCancel()
    }

    /// No more elements come; who waits gets `nil`.
    func end() {
        state.withLock { $0.isEnded = true }
        watcher.forget(ring.descriptor)
    }

    private func take(_ state: inout State) -> [StreamElement] {
        if !state.snapshot.isEmpty {
            let batch = state.snapshot.prefix(Self.maxBatch).map { StreamElement.process($0) }
            state.snapshot.removeFirst(batch.count)
            return batch
        }
        var batch: [StreamElement] = []
        var needsTable = false
        let offset = Clock.wall() &- Clock.boot()
        do {
            let count = try ring.read(limit: Self.maxBatch) { bytes in
                guard let record = try? KernelRecord(bytes) else { return }
                needsTable = needsTable || record.losesContext
                if let beginning = state.beginning {
                    // It is the first record; what was before it is in the table.
                    if record.isMarker(beginning) { state.beginning = nil }
                    return
                }
                if let element = state.assembler.apply(record, wallOffset: offset) { batch.append(element) }
            }
            if count > 0 { state.lastHandOver = Clock.boot() }
        } catch {
            // Nobody but the kernel writes this ring: it can't be read any more.
            state.isEnded = true
        }
        // Records that the table follows from are missing: the daemon's own has them, or a snapshot instead.
        if needsTable { state.assembler.replaceTable(by: currentTable()) }
        return batch
    }
}
