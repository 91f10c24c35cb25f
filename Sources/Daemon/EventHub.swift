// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import EventRecords
import EventRing
import Handover
import KernelABI
import LinuxSystem
import Sensor
import Sessions
import Subscribers
import Synchronization

/// Subscriptions: a ring each, filled by the kernel's programs. No event passes through here.
///
/// ## Concurrency model
/// A change of subscribers may attach kernel programs and waits for grace periods: it has a mutex of its own, taken before
/// the one that holds the subscribers. A subscription begins at a marker that is put into its ring and into the daemon's:
/// the sensor's thread hands over what the process table was like there.
final class EventHub: Sendable {
    /// Markers that subscriptions begin at are told from those that clients ask for.
    private static let ownMarkers: UInt64 = 1 << 63

    /// Ten milliseconds apart.
    private static let openingTries = 200

    private let state = Mutex(State())
    /// Held from a change of subscribers until it is announced: of two changes at once the later one is told last.
    private let announcing = Mutex(())
    /// Called when the set of operations that anybody listens to has changed; it doesn't call back.
    private let interestChanged: @Sendable (Set<EndpointModel.Operation>) -> Void
    private let table: SubscriberTable
    private let sensor: Sensor
    private let names: any RuleNames
    private let watcher: RingWatcher
    private let handover: HandoverServer

    private struct State {
        var filters: [UInt64: EventFilter] = [:]
        /// How each of them is ended.
        var ends: [UInt64: @Sendable () -> Void] = [:]
        /// Of subscriptions and of their markers.
        var lastNumber: UInt64 = 0
        var stopped = false
    }

    init(
        table: SubscriberTable, sensor: Sensor, names: any RuleNames, watcher: RingWatcher,
        handover: HandoverServer,
        interestChanged: @escaping @Sendable (Set<EndpointModel.Operation>) -> Void
    ) {
        self.table = table
        self.sensor = sensor
        self.names = names
        self.watcher = watcher
        self.handover = handover
        self.interestChanged = interestChanged
    }

    /// Makes a subscription; when it returns, what happens from now on is in the stream.
    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription {
        let opened = try await open(filter)
        let subscription = Subscription(
            ring: opened.ring, beginning: opened.marker,
            assembler: EventAssembler(names: names, table: opened.processes), snapshot: filter.snapshot,
            watcher: watcher, currentTable: { [sensor] in sensor.table }, onMark: marking(opened),
            onCancel: ending(opened))
        keep(opened) { [weak subscription] in subscription?.end() }
        return subscription
    }

    /// Makes a subscription whose ring a process takes over.
    func handOver(_ filter: EventFilter, to pid: Int32) async throws(PlatformError) -> RingOffer {
        let opened = try await open(filter)
        let grant = HandoverGrant(
            layout: UInt32(SP_ABI_VERSION), size: UInt32(opened.ring.size), beginning: opened.marker)
        let token: HandoverToken
        do throws(Errno) {
            token = try handover.offer(opened.ring.descriptor, grant, to: pid)
        } catch {
            remove(opened)
            throw PlatformError(.system(error))
        }
        let subscription = HandedOverSubscription(onMark: marking(opened), onCancel: ending(opened))
        keep(opened) { [weak subscription] in subscription?.end() }
        return RingOffer(
            subscription: subscription, socket: handover.path, token: token.bytes, layout: grant.layout,
            processes: opened.processes.processes)
    }

    /// A subscription in force.
    private struct Opened: Sendable {
        var number: UInt64
        var slot: UInt32
        var ring: EventRing
        var marker: UInt64
        var processes: ProcessTable
    }

    private func open(_ filter: EventFilter) async throws(PlatformError) -> Opened {
        // What it listens to is reported before its ring is there: attaching takes a while, and the ring is to be empty.
        let number = nextNumber()
        let isStopped = change { state in
            state.filters[number] = filter
            return state.stopped
        }
        do throws(SubscriberError) {
            guard !isStopped else { throw .stopping }
            let (slot, ring) = try table.open(filter)
            // Under a flood the daemon's ring is full now and then; it is read all the time.
            let marker = Self.ownMarkers | nextNumber()
            for _ in 0..<Self.openingTries {
                if let processes = await processes(at: marker, slot) {
                    return Opened(number: number, slot: slot, ring: ring, marker: marker, processes: processes)
                }
                guard !state.withLock(\.stopped), (try? await Task.sleep(for: .milliseconds(10))) != nil else { break }
            }
            table.close(slot)
            throw .full
        } catch {
            change { state in state.filters[number] = nil }
            throw PlatformError(error)
        }
    }

    private func marking(_ opened: Opened) -> @Sendable (UInt64) throws(SubscriberError) -> Void {
        { [table, slot = opened.slot] marker throws(SubscriberError) in try table.mark(slot, marker: marker) }
    }

    private func ending(_ opened: Opened) -> @Sendable () -> Void {
        { [weak self] in self?.remove(opened) }
    }

    /// Remembers how a subscription is ended when the platform stops; ends it if it has.
    private func keep(_ opened: Opened, _ end: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            state.ends[opened.number] = end
            return state.stopped
        }
        if isStopped { end() }
    }

    /// Begins a subscription at a marker, and waits for what the table is like there.
    private func processes(at marker: UInt64, _ slot: UInt32) async -> ProcessTable? {
        await withCheckedContinuation { continuation in
            sensor.expect(marker: marker) { continuation.resume(returning: $0) }
            do {
                try table.begin(slot, marker: marker)
            } catch {
                sensor.forget(marker: marker)
            }
        }
    }

    private func nextNumber() -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    /// Ends every subscription.
    func stop() {
        let ends = state.withLock { state in
            state.stopped = true
            return Array(state.ends.values)
        }
        for end in ends { end() }
    }

    private func remove(_ opened: Opened) {
        guard state.withLock({ $0.filters[opened.number] != nil }) else { return }
        let isOpen = change { state in
            state.ends[opened.number] = nil
            return state.filters.removeValue(forKey: opened.number) != nil
        }
        if isOpen { table.close(opened.slot) }
    }

    /// Changes the subscribers and tells what they listen to now.
    @discardableResult
    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        announcing.withLock { _ in
            let (result, interest) = state.withLock { state in (body(&state), Self.interest(state)) }
            interestChanged(interest)
            return result
        }
    }

    private static func interest(_ state: State) -> Set<EndpointModel.Operation> {
        state.filters.values.reduce(into: []) { interest, filter in
            // Who wants denials only needs no report of what is allowed.
            if !filter.deniedOnly { interest.formUnion(filter.wantedOperations) }
        }
    }
}

extension PlatformError {
    init(_ error: SubscriberError) {
        switch error {
        case .limit: self.init(.subscriberLimit, "\(error)")
        case .filter: self.init(.filterInvalid, "\(error)")
        case .full, .busy: self.init(.subscriberFull, "\(error)")
        case .ended: self.init(.stopping, "\(error)")
        case .stopping: self.init(.stopping, "\(error)")
        case .kernel, .system: self.init(.installFailed, "the subscription couldn't be made: \(error)")
        }
    }
}
