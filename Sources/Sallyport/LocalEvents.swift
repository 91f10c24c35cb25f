// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import EventRecords
import EventRing
import KernelABI
import LinuxSystem
import Synchronization

/// Events read from the kernel's own ring, with no copy through the platform and no task in between.
///
/// The kernel goes on filling the ring while this object lives. Names of rules aren't known here: decisions have none.
///
/// ## Concurrency model
/// `read` blocks, so it belongs on a thread of its own; one thread at a time.
public final class LocalEvents: Sendable {
    /// Elements that one call gives at most.
    public static let maxBatch = 4096

    private struct State {
        var assembler: EventAssembler
        var snapshot: [Process]
        var beginning: UInt64?
        var needsProcesses = false
    }

    private struct NoNames: RuleNames {
        func name(ofRule number: UInt32, generation: UInt64) -> (policy: String, rule: String, vendor: String)? { nil }
    }

    private let ring: EventRing
    /// Ends the subscription with this object.
    private let call: HandOverCall
    private let state: Mutex<State>

    /// The ring's descriptor, for measurements.
    package var descriptor: Int32 { ring.descriptor }

    init(call: HandOverCall, ring: EventRing, beginning: UInt64, processes: [Process], snapshot: Bool) {
        self.call = call
        self.ring = ring
        let assembler = EventAssembler(names: NoNames(), table: ProcessTable(processes))
        state = Mutex(State(assembler: assembler, snapshot: snapshot ? processes : [], beginning: beginning))
    }

    /// What has happened since the last call: waits for something up to so many milliseconds, and may give nothing.
    ///
    /// - Throws: `internalError` when the ring holds what no kernel writes.
    public func read(waitingMilliseconds: Int32) throws(SallyportError) -> [StreamElement] {
        do throws(Errno) {
            if !ring.hasRecords { _ = try ring.wait(milliseconds: waitingMilliseconds) }
        } catch {
            throw SallyportError(.internalError, "\(error)")
        }
        return try state.withLock { state throws(SallyportError) in
            var batch = state.snapshot.map { StreamElement.process($0) }
            state.snapshot = []
            let offset = Clock.wall() &- Clock.boot()
            do {
                _ = try ring.read(limit: Self.maxBatch) { Self.take($0, offset, &state, &batch) }
            } catch {
                throw SallyportError(.internalError, "the ring can't be read any more (\(error)): subscribe again")
            }
            return batch
        }
    }

    /// Whether records were lost that tell who processes are: until `replaceProcesses`, what is said of those that began or
    /// executed meanwhile is what each event alone tells.
    public var needsProcesses: Bool { state.withLock { $0.needsProcesses } }

    /// Puts what `SallyportClient.processes()` says in place of what was followed.
    public func replaceProcesses(by processes: [Process]) {
        state.withLock { state in
            state.assembler.replaceTable(by: ProcessTable(processes))
            state.needsProcesses = false
        }
    }

    private static func take(
        _ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ state: inout State, _ batch: inout [StreamElement]
    ) {
        guard let record = try? KernelRecord(bytes) else { return }
        if record.losesContext { state.needsProcesses = true }
        if let beginning = state.beginning {
            // It is the first record; what was before it is in the table.
            if record.isMarker(beginning) { state.beginning = nil }
            return
        }
        if let element = state.assembler.apply(record, wallOffset: offset) { batch.append(element) }
    }
}
