// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
public import EndpointModel
public import EventRecords
import KernelABI
import LinuxSystem
import Synchronization

/// Reads the daemon's own ring on a thread of its own and keeps the table of processes by it. Subscribers have rings of
/// their own; where one begins to read, a marker in both tells what the table was like at that place.
///
/// ## Concurrency model
/// `run` is called on one thread and alone reads the ring. The assembler with its process table lives in `shared` and is
/// advanced in place, one lock a record: a copy of the table for readers would cost its whole size at every wake-up.
public final class Sensor: Sendable {
    /// How long one wait for records lasts at most; stopping takes no longer. Milliseconds.
    static let waitMilliseconds: Int32 = 100

    /// How long records gather in the ring after some were read, in microseconds: waking for each one costs more than
    /// reading it. New subscriptions wait that long.
    static let gatherMicroseconds: UInt32 = 2000

    /// Records read in one go.
    static let maxBatch = 4096

    /// The least time between two readings of the process table, nanoseconds.
    static let reconcileInterval: UInt64 = 1_000_000_000

    /// Found processes that wait for their arguments; more stay without.
    static let maxUnread = 65_536

    private struct Shared: Sendable {
        var undecodable: UInt64 = 0
        var stopping = false
        /// Found processes whose arguments are still to be read, and whether a thread is at it.
        var unread: [ProcessIdentity] = []
        var isReadingArguments = false
        var assembler: EventAssembler
        /// Who waits for the table at a marker.
        var markers: [UInt64: @Sendable (ProcessTable?) -> Void] = [:]
        var isRunning = true
    }

    private let kernel: any BPFKernel
    private let maps: SensorMaps
    private let shared: Mutex<Shared>

    public init(kernel: any BPFKernel, maps: SensorMaps, names: any RuleNames) {
        self.kernel = kernel
        self.maps = maps
        self.shared = Mutex(Shared(assembler: EventAssembler(names: names)))
    }

    /// The counters as they are now.
    public func counters() throws(BPFError) -> KernelCounters {
        KernelCounters(memory: try kernel.memory(of: maps.counters))
    }

    /// Records that couldn't be read: another ABI version, or damaged. Counted, never silent.
    public var undecodable: UInt64 { shared.withLock { $0.undecodable } }
    public var processes: [Process] { shared.withLock { $0.assembler.table }.processes }
    public var processCount: Int { shared.withLock { $0.assembler.table.count } }
    public func process(pid: Int32) -> Process? { shared.withLock { $0.assembler.table.process(pid: pid) } }

    /// The table as it is now.
    package var table: ProcessTable { shared.withLock { $0.assembler.table } }

    public func stop() { shared.withLock { $0.stopping = true } }

    /// Calls `body` with the table as it is at a marker that will come, on the sensor's thread; with `nil` when the sensor
    /// ends before. `body` doesn't call back.
    package func expect(marker: UInt64, _ body: @escaping @Sendable (ProcessTable?) -> Void) {
        let isRunning = shared.withLock { shared in
            if shared.isRunning { shared.markers[marker] = body }
            return shared.isRunning
        }
        if !isRunning { body(nil) }
    }

    /// The marker won't come.
    package func forget(marker: UInt64) {
        shared.withLock { $0.markers.removeValue(forKey: marker) }?(nil)
    }

    /// Fills the process table from the iterator, then reads until `stop`.
    ///
    /// - Parameters:
    ///   - started: called once when the table is filled and the ring is being read.
    ///   - missed: called with the reports that the kernel made none of, by operation.
    ///   - undecided: called with the deciding programs that the kernel skipped, and how often.
    public func run(
        started: () -> Void, missed: ([EndpointModel.Operation: UInt64]) -> Void, undecided: ([String: UInt64]) -> Void
    ) throws(BPFError) {
        defer { endMarkers() }
        // The ring is opened first: what happens during the snapshot waits in it and is applied over the snapshot.
        let ring = try kernel.openRing(maps.events)
        var skips = SkipTracker(reporters: maps.reporters, deciders: maps.deciders)
        var losses = LossTracker(control: try kernel.memory(of: maps.control))
        try takeSnapshot()
        // What a dead daemon left in the ring may tell of processes that have ended unseen.
        var tableIsDoubtful = true
        var lastSnapshot = Clock.boot()
        started()
        while !shared.withLock({ $0.stopping }) {
            let offset = Clock.wall() &- Clock.boot()
            let count = try ring.drain(timeout: Self.waitMilliseconds, limit: Self.maxBatch) { bytes in
                take(bytes, wallOffset: offset)
            }
            let skipped = try skips.grown(in: kernel)
            if !skipped.undecided.isEmpty { undecided(skipped.undecided) }
            if !skipped.byOperation.isEmpty { missed(skipped.byOperation) }
            if losses.hasGrown(now: try counters()) || !skipped.byOperation.isEmpty { tableIsDoubtful = true }
            if tableIsDoubtful, Clock.boot() - lastSnapshot >= Self.reconcileInterval {
                try takeSnapshot()
                lastSnapshot = Clock.boot()
                tableIsDoubtful = false
            }
            if count > 0, count < Self.maxBatch { Clock.sleep(microseconds: Self.gatherMicroseconds) }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, wallOffset: UInt64) {
        guard let record = try? KernelRecord(bytes) else {
            shared.withLock { $0.undecodable += 1 }
            return
        }
        let (waiting, table) = shared.withLock { shared -> ((@Sendable (ProcessTable?) -> Void)?, ProcessTable?) in
            guard case .sync(let marker) = shared.assembler.apply(record, wallOffset: wallOffset) else {
                return (nil, nil)
            }
            return (shared.markers.removeValue(forKey: marker), shared.assembler.table)
        }
        waiting?(table)
    }

    private func endMarkers() {
        let waiting = shared.withLock { shared in
            shared.isRunning = false
            defer { shared.markers = [:] }
            return Array(shared.markers.values)
        }
        for body in waiting { body(nil) }
    }

    /// Brings the process table in line with the kernel's: adds what is missing, removes what has ended unseen.
    private func takeSnapshot() throws(BPFError) {
        let began = Clock.boot()
        let bytes = try kernel.readIterator(maps.snapshot)
        var living: [Int32: UInt64] = [:]
        let isWhole = bytes.withUnsafeBytes { bytes in
            var offset = 0
            var found: [ProcessIdentity] = []
            defer { readArguments(of: found) }
            while offset < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                guard let record = try? KernelRecord(rest) else { break }
                let pid = Int32(bitPattern: record.fixed.subject.pid)
                living[pid] = record.fixed.subject.start_time
                if shared.withLock({ $0.assembler.insertFound(record) }) {
                    found.append(ProcessIdentity(record.fixed.subject))
                }
                offset += Int(record.fixed.length)
            }
            return offset == bytes.count
        }
        guard isWhole else { return }
        shared.withLock { $0.assembler.removeEnded(before: began, living: living) }
    }

    /// Fills in what only /proc tells of processes that were found running, on a thread that nobody waits for.
    ///
    /// A process can hold up whoever reads its arguments for as long as it likes: its memory may be a FUSE file's, whose
    /// server doesn't answer. Then this thread stands still until it is killed; the ring is read on.
    private func readArguments(of found: [ProcessIdentity]) {
        guard !found.isEmpty else { return }
        let mayRead = shared.withLock { shared in
            if shared.unread.count < Self.maxUnread { shared.unread += found }
            guard !shared.isReadingArguments else { return false }
            shared.isReadingArguments = true
            return true
        }
        guard mayRead else { return }
        let thread = try? SystemThread(name: "arguments") { [self] in
            while let next = shared.withLock({ shared in
                if shared.unread.isEmpty { shared.isReadingArguments = false }
                return shared.unread.popLast()
            }) {
                let (arguments, truncated) = ProcFS.arguments(of: next.pid, limit: Int(SP_MAX_ARGV))
                let directory = ProcFS.link("/proc/\(next.pid)/cwd")
                shared.withLock {
                    $0.assembler.complete(next, arguments: arguments, truncated: truncated, directory: directory)
                }
            }
        }
        thread?.detach()
        if thread == nil { shared.withLock { $0.isReadingArguments = false } }
    }
}

/// The names that the sensor's maps and programs have in the object.
public struct SensorMaps: Sendable {
    public var events: String
    public var counters: String
    public var control: String
    public var snapshot: String
    /// The programs that report what has happened.
    public var reporters: [Operation: String]
    /// The programs that decide, each with the operation that it is counted under.
    public var deciders: [String: Operation]

    public init(
        events: String, counters: String, control: String, snapshot: String, reporters: [Operation: String],
        deciders: [String: Operation]
    ) {
        self.events = events
        self.counters = counters
        self.control = control
        self.snapshot = snapshot
        self.reporters = reporters
        self.deciders = deciders
    }
}
