// SPDX-License-Identifier: Apache-2.0

package import BPFRuntime
import CLinux
package import EndpointModel
package import EventRecords
package import EventRing
import Glibc
import KernelABI
import LinuxSystem
import Synchronization

/// The subscribers as the kernel's programs see them: a number, a filter and a ring each.
///
/// A change of a filter is written beside the one in force, mutes included, and put in force by one store.
///
/// ## Concurrency model
/// One mutex, held while the kernel is called; making and ending a subscription waits for grace periods under it. Messages
/// (`mark`, `submit`, …) don't take it: the kernel's programs run side by side.
package final class SubscriberTable: Sendable {
    /// Subscribers at a time.
    package static let maxSubscribers = Int(SP_MAX_SUBSCRIBERS)

    private struct Slot {
        var mutes: [[CompiledFilter.Mute]] = [[], []]
        var kinds: UInt32 = 0
    }

    private let kernel: BPFObject
    private let maps: SubscriberMaps
    private let hash: PathHash
    private let ringBytes: UInt32
    private let slots = Mutex<[UInt32: Slot]>([:])

    /// - Parameters:
    ///   - hashKeys: those in `sp_config.hash_key`.
    ///   - ringBytes: the size of a subscriber's ring: a power of two, of whole pages.
    package init(kernel: BPFObject, maps: SubscriberMaps, hashKeys: (UInt64, UInt64), ringBytes: UInt32) {
        self.kernel = kernel
        self.maps = maps
        self.hash = PathHash(keys: hashKeys)
        self.ringBytes = ringBytes
    }

    // MARK: Subscriptions

    /// Makes a subscription: what the filter admits goes to its ring once it has begun.
    package func open(_ filter: EventFilter) throws(SubscriberError) -> (number: UInt32, ring: EventRing) {
        let compiled = try compile(filter)
        return try slots.withLock { slots throws(SubscriberError) in
            guard let number = (0..<SP_MAX_SUBSCRIBERS).first(where: { slots[$0] == nil }) else {
                throw .limit(Self.maxSubscribers)
            }
            slots[number] = Slot()
            do throws(SubscriberError) {
                let memory = try subscriber(number)
                memory.pointee = sp_subscriber()
                let ring = try makeRing(number)
                try write(compiled, number, &slots)
                try announce(slots)
                return (number, ring)
            } catch {
                try? remove(number, &slots)
                throw error
            }
        }
    }

    /// Puts another filter in force. Mutes that name a lot take a while; the change itself is one store.
    package func replace(_ filter: EventFilter, of number: UInt32) throws(SubscriberError) {
        let compiled = try compile(filter)
        try slots.withLock { slots throws(SubscriberError) in
            guard slots[number] != nil else { return }
            try write(compiled, number, &slots)
            try announce(slots)
        }
    }

    /// Ends a subscription. Its ring lives on with whoever has it open, and gets nothing any more.
    package func close(_ number: UInt32) {
        slots.withLock { slots in
            guard slots[number] != nil else { return }
            try? remove(number, &slots)
        }
    }

    private func remove(_ number: UInt32, _ slots: inout [UInt32: Slot]) throws(SubscriberError) {
        let mutes = slots[number]?.mutes ?? []
        slots[number] = nil
        try announce(slots)
        do throws(BPFError) {
            try kernel.removeRing(from: maps.rings, index: number)
            for (half, mutes) in mutes.enumerated() {
                for mute in mutes { try removeMute(mute, number * 2 + UInt32(half)) }
            }
        } catch {
            throw .kernel(error)
        }
    }

    private func makeRing(_ number: UInt32) throws(SubscriberError) -> EventRing {
        let descriptor: Int32
        do throws(BPFError) {
            descriptor = try kernel.makeRing(in: maps.rings, index: number, bytes: ringBytes)
        } catch {
            throw .kernel(error)
        }
        do throws(Errno) {
            return try EventRing(owning: descriptor, size: Int(ringBytes))
        } catch {
            throw .system(error)
        }
    }

    // MARK: Filters

    private func compile(_ filter: EventFilter) throws(SubscriberError) -> CompiledFilter {
        try CompiledFilter(
            filter, hash: hash, program: { path throws(SubscriberError) in try key(ofProgram: path) },
            cgroup: { path in
                var status = stat()
                let place = "/sys/fs/cgroup" + String(decoding: path, as: UTF8.self)
                return stat(place, &status) == 0 ? UInt64(status.st_ino) : nil
            })
    }

    /// The key of an executable, made known to the kernel. A key isn't an identity: another path may have the place.
    private func key(ofProgram path: [UInt8]) throws(SubscriberError) -> UInt64 {
        guard let key = PathHash.program(path) else {
            throw .filter("an executable that is muted has a path of 1 to \(SP_PROGRAM_PATH - 1) bytes")
        }
        var program = sp_program()
        program.length = UInt32(path.count)
        withUnsafeMutableBytes(of: &program.path) { $0.copyBytes(from: path) }
        let wanted = program
        let isSame: Bool
        do throws(BPFError) {
            let memory = UnsafeMutablePointer<sp_program>.allocate(capacity: 1)
            defer { memory.deallocate() }
            memory.initialize(to: wanted)
            let bytes = UnsafeMutableRawBufferPointer(start: memory, count: MemoryLayout<sp_program>.size)
            isSame = try withBytes(of: key) { key throws(BPFError) in
                try kernel.insert(in: maps.programs, key: key, value: bytes)
            }
            program = memory.pointee
        } catch {
            throw .kernel(error)
        }
        guard isSame || Self.path(program) == Self.path(wanted) else {
            throw .filter("\(String(decoding: path, as: UTF8.self)) can't be muted: another path has its place")
        }
        return key
    }

    private static func path(_ program: sp_program) -> [UInt8] {
        withUnsafeBytes(of: program.path) { Array($0.prefix(Int(program.length))) }
    }

    /// Writes a filter beside the one in force, and puts it in force.
    private func write(
        _ filter: CompiledFilter, _ number: UInt32, _ slots: inout [UInt32: Slot]
    ) throws(SubscriberError) {
        let memory = try subscriber(number)
        let half = 1 - memory.pointee.active
        var slot = slots[number] ?? Slot()
        do throws(BPFError) {
            for mute in slot.mutes[Int(half)] { try removeMute(mute, number * 2 + half) }
            slot.mutes[Int(half)] = []
            slots[number] = slot
            for (mute, operations) in filter.mutes {
                try withKey(mute, number * 2 + half) { key throws(BPFError) in
                    try withBytes(of: operations) { value throws(BPFError) in
                        try kernel.store(in: maps.mutes, key: key, value: value)
                    }
                }
                slot.mutes[Int(half)].append(mute)
            }
            // What the programs are to find out is asked for before any filter asks about it.
            slot.kinds |= filter.kinds
            slots[number] = slot
            try setCriteria(slots)
        } catch {
            throw .kernel(error)
        }
        let filters = UnsafeMutableRawPointer(memory) + MemoryLayout<sp_subscriber>.offset(of: \.filter)!
        filters.storeBytes(
            of: filter.raw, toByteOffset: Int(half) * MemoryLayout<sp_filter>.stride, as: sp_filter.self)
        clinux_store_release_32(UnsafeMutableRawPointer(memory), half)
        slot.kinds = filter.kinds
        slots[number] = slot
    }

    private func withKey(
        _ mute: CompiledFilter.Mute, _ filter: UInt32, _ body: (UnsafeRawBufferPointer) throws(BPFError) -> Void
    ) throws(BPFError) {
        let key = sp_mute(filter: filter, kind: mute.kind, value: mute.value, other: mute.other)
        try withBytes(of: key) { bytes throws(BPFError) in try body(bytes) }
    }

    private func removeMute(_ mute: CompiledFilter.Mute, _ filter: UInt32) throws(BPFError) {
        try withKey(mute, filter) { key throws(BPFError) in try kernel.remove(from: maps.mutes, key: key) }
    }

    // MARK: The kernel's memory

    private func subscriber(_ number: UInt32) throws(SubscriberError) -> UnsafeMutablePointer<sp_subscriber> {
        do throws(BPFError) {
            return try kernel.memory(of: maps.subscribers).baseAddress!
                .assumingMemoryBound(to: sp_subscriber.self) + Int(number)
        } catch {
            throw .kernel(error)
        }
    }

    private func runtime() throws(BPFError) -> UnsafeMutableRawPointer {
        try kernel.memory(of: maps.runtime).baseAddress!
    }

    private func setCriteria(_ slots: [UInt32: Slot]) throws(BPFError) {
        let place = try runtime() + MemoryLayout<sp_runtime>.offset(of: \.criteria)!
        clinux_store_release(place, slots.values.reduce(0) { $0 | UInt64($1.kinds) })
    }

    /// Tells the programs who is sent records, and what filters ask about.
    private func announce(_ slots: [UInt32: Slot]) throws(SubscriberError) {
        do throws(BPFError) {
            try setCriteria(slots)
            let place = try runtime() + MemoryLayout<sp_runtime>.offset(of: \.subscribers)!
            clinux_store_release(place, slots.keys.reduce(0) { $0 | 1 << UInt64($1) })
        } catch {
            throw .kernel(error)
        }
    }

    // MARK: Messages

    /// Begins a subscription, at a marker that is the first record in its ring; it is put into the daemon's ring as well.
    ///
    /// Where that one is full it is to be called again, with the same marker.
    package func begin(_ number: UInt32, marker: UInt64) throws(SubscriberError) {
        try mark(SP_MESSAGE_BEGIN, number, marker)
    }

    /// Puts a marker behind everything that a subscriber was sent so far.
    package func mark(_ number: UInt32, marker: UInt64) throws(SubscriberError) {
        try mark(SP_MESSAGE_SYNC, number, marker)
    }

    private func mark(_ kind: sp_message_kind, _ number: UInt32, _ marker: UInt64) throws(SubscriberError) {
        let result = try message(kind) { message in
            message.pointee.subscriber = number
            message.pointee.value = marker
        }
        switch result {
        case SP_MESSAGE_DONE.rawValue: return
        case SP_MESSAGE_NO_ROOM.rawValue: throw .full
        case SP_MESSAGE_NO_MEMORY.rawValue: throw .busy
        default: throw .ended
        }
    }

    /// Hands a record that user space made to whom it concerns. False when there was no memory for it: then it is counted.
    @discardableResult
    package func submit(_ record: RecordWriter, exe: ObservedPath?) throws(SubscriberError) -> Bool {
        let key = exe.flatMap { $0.unresolvable == nil ? PathHash.program($0.bytes) : nil }
        let result = try message(SP_MESSAGE_RECORD) { message in
            message.pointee.record = record.fixed
            message.pointee.exe = key ?? 0
            let tail = record.tail.prefix(Int(SP_MAX_MESSAGE_TAIL))
            message.pointee.tail_length = UInt32(tail.count)
            // Swift doesn't import a field with so many elements: it is the last one.
            let place =
                UnsafeMutableRawPointer(message) + MemoryLayout<sp_message>.size - Int(SP_MAX_MESSAGE_TAIL)
            UnsafeMutableRawBufferPointer(start: place, count: tail.count).copyBytes(from: tail)
        }
        return result == SP_MESSAGE_DONE.rawValue
    }

    /// Tells everybody whom it concerns that there are no records of so many operations.
    package func lost(_ operation: EndpointModel.Operation, _ count: UInt64) throws(SubscriberError) {
        _ = try message(SP_MESSAGE_LOST) { message in
            message.pointee.operation = operation.kernelNumber
            message.pointee.value = count
        }
    }

    /// Tells subscribers what they have lost when nothing else is sent that would.
    package func tellLosses() throws(SubscriberError) {
        let numbers = slots.withLock { Array($0.keys) }
        let place = MemoryLayout<sp_subscriber>.offset(of: \.pending)!
        for number in numbers {
            let pending = UnsafeRawPointer(try subscriber(number)) + place
            guard clinux_load_acquire(pending) > 0 else { continue }
            _ = try message(SP_MESSAGE_FLUSH) { _ in }
            return
        }
    }

    private func message(
        _ kind: sp_message_kind, _ fill: (UnsafeMutablePointer<sp_message>) -> Void
    ) throws(SubscriberError) -> UInt32 {
        let size = MemoryLayout<sp_message>.size
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        let message = memory.baseAddress!.assumingMemoryBound(to: sp_message.self)
        message.pointee.kind = kind.rawValue
        fill(message)
        do throws(BPFError) {
            return try kernel.run(maps.message, context: memory)
        } catch {
            throw .kernel(error)
        }
    }
}

/// Calls `body` with the bytes of a value. (`withUnsafeBytes` and typed throws don't go together in this compiler.)
private func withBytes<Value: BitwiseCopyable, Result>(
    of value: Value, _ body: (UnsafeRawBufferPointer) throws(BPFError) -> Result
) throws(BPFError) -> Result {
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    defer { memory.deallocate() }
    memory.initialize(to: value)
    return try body(UnsafeRawBufferPointer(start: memory, count: MemoryLayout<Value>.size))
}
