// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import Glibc
import KernelABI
import KernelPrograms
import LinuxSystem
import Synchronization

/// Kernel memory by the platform's own programs (`Kernel/integrity/memory.bpf.c`).
///
/// A run reads a quarter of a MiB at most; between runs other work has its turn.
///
/// ## Concurrency model
/// Requests and answers lie in memory that is shared with the programs: one at a time, behind a mutex.
public final class ProgramMemory: KernelMemory {
    private let object: BPFObject
    private let turn = Mutex(())
    private let longest = Atomic<UInt64>(0)
    private let count = Atomic<Int>(0)
    private let long = Atomic<Int>(0)

    /// How long runs of programs have taken, with what interrupted them.
    public var runs: (count: Int, longerThanMillisecond: Int, longestNanoseconds: UInt64) {
        (count.load(ordering: .relaxed), long.load(ordering: .relaxed), longest.load(ordering: .relaxed))
    }

    /// Loads the programs.
    public init() throws(BPFError) {
        object = try KernelObject.integrity.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "integrity")
        }
        for program in CredentialProgram.allCases { try object.setLoads(program.rawValue, false) }
        for map in CredentialMap.allCases { try object.leaveOut(map: map.rawValue) }
        try object.load()
        for map in IntegrityMap.allCases { _ = try object.memory(of: map.rawValue) }
    }

    /// What one run does at most: no processor is held for longer than a fraction of a millisecond, under emulation too.
    /// A range needn't begin where a page does: half of the pages that a run may touch, less one.
    private static let runBytes = Int(SP_MEMORY_BYTES / 2 - SP_MEMORY_PAGE)
    private static let runPlaces = 1024
    private static let runElements = 128
    private static let page = Int(SP_MEMORY_PAGE)

    public func read(_ address: UInt64, _ count: Int) throws(KernelMemoryError) -> MemoryRead {
        var result = MemoryRead(bytes: [UInt8](repeating: 0, count: count))
        var done = 0
        while done < count {
            let length = min(count - done, Self.runBytes)
            let start = address &+ UInt64(done)
            try run(.read) { request, memory, _ in
                request.pointee.read.address = start
                request.pointee.read.length = UInt32(length)
            } then: { request, memory, _ in
                result.bytes.withUnsafeMutableBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: bytes[done..<done + length])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<length]))
                }
                guard request.pointee.read.missing > 0 else { return }
                let behind = Int(start % UInt64(Self.page))
                for index in 0..<Int(SP_MEMORY_PAGES) where request.pointee.read.unread >> UInt64(index) & 1 != 0 {
                    let from = max(0, index * Self.page - behind)
                    let to = min(length, (index + 1) * Self.page - behind)
                    result.missing.append(done + from..<done + to)
                }
            }
            done += length
        }
        return result
    }

    public func gather(_ addresses: [UInt64], _ count: Int) throws(KernelMemoryError) -> [[UInt8]?] {
        precondition(count <= Int(SP_GATHER_BYTES))
        var result: [[UInt8]?] = []
        result.reserveCapacity(addresses.count)
        var rest = addresses[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.runPlaces)
            rest = rest.dropFirst(part.count)
            try run(.gather) { request, _, places in
                request.pointee.gather.count = UInt32(part.count)
                request.pointee.gather.length = UInt32(count)
                for (index, address) in part.enumerated() { places[index] = address }
            } then: { _, memory, places in
                for index in 0..<part.count {
                    let at = index * Int(SP_GATHER_BYTES)
                    result.append(places[index] == 0 ? nil : Array(memory[at..<at + count]))
                }
            }
        }
        return result
    }

    public func walk(_ list: KernelList, from first: UInt64) throws(KernelMemoryError) -> WalkedList {
        let record = 8 + list.fields.reduce(0) { $0 + $1.count }
        precondition(list.fields.count <= Int(SP_WALK_FIELDS) && record <= Int(SP_WALK_RECORD))
        precondition(list.fields.allSatisfy { $0.count <= Int(SP_WALK_FIELD_BYTES) })
        var result = WalkedList()
        var next = first
        while result.elements.count < list.limit {
            let limit = min(list.limit - result.elements.count, Self.runElements)
            var end = UInt32(SP_WALK_DONE.rawValue)
            try run(.walk) { request, _, _ in
                withUnsafeMutablePointer(to: &request.pointee.walk) { walk in
                    walk.pointee.next = next
                    walk.pointee.head = list.head
                    walk.pointee.link = UInt32(list.link)
                    walk.pointee.follow = UInt32(list.follow)
                    walk.pointee.record = UInt32(record)
                    walk.pointee.limit = UInt32(limit)
                    walk.pointee.fields = UInt32(list.fields.count)
                    withUnsafeMutableBytes(of: &walk.pointee.field) { fields in
                        let fields = fields.bindMemory(to: sp_walk_field.self)
                        for (index, field) in list.fields.enumerated() {
                            fields[index] = sp_walk_field(offset: UInt32(field.offset), length: UInt32(field.count))
                        }
                    }
                }
            } then: { request, memory, _ in
                for index in 0..<Int(request.pointee.walk.count) {
                    var at = index * record
                    var element = WalkedList.Element(
                        address: memory.loadUnaligned(fromByteOffset: at, as: UInt64.self), fields: [])
                    at += 8
                    for field in list.fields {
                        element.fields.append(Array(memory[at..<at + field.count]))
                        at += field.count
                    }
                    result.elements.append(element)
                }
                next = request.pointee.walk.next
                end = request.pointee.walk.end
            }
            if end == SP_WALK_FULL.rawValue { continue }
            result.isComplete = end == SP_WALK_DONE.rawValue
            return result
        }
        return result
    }

    public func numberedTasks() throws(KernelMemoryError) -> [NumberedTask] {
        let bytes: [UInt8]
        do throws(BPFError) { bytes = try object.readIterator(IntegrityProgram.tasks.rawValue) } catch {
            throw KernelMemoryError("the kernel's tasks can't be read: \(error)")
        }
        let size = MemoryLayout<sp_numbered_task>.size
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map { index in
                let task = bytes.loadUnaligned(fromByteOffset: index * size, as: sp_numbered_task.self)
                return NumberedTask(
                    address: task.task, pid: Int32(bitPattern: task.pid), process: Int32(bitPattern: task.tgid),
                    threads: Int(task.threads))
            }
        }
    }

    private typealias Request = UnsafeMutablePointer<sp_memory_request>
    private typealias Places = UnsafeMutablePointer<UInt64>

    private func run(
        _ program: IntegrityProgram, prepare: (Request, UnsafeMutableRawBufferPointer, Places) -> Void,
        then: (Request, UnsafeMutableRawBufferPointer, Places) -> Void
    ) throws(KernelMemoryError) {
        do {
            try turn.withLock { _ in
                // Mapped by `init`.
                let request = try object.memory(of: IntegrityMap.requests.rawValue).baseAddress!
                    .assumingMemoryBound(to: sp_memory_request.self)
                let memory = try object.memory(of: IntegrityMap.memory.rawValue)
                let places = try object.memory(of: IntegrityMap.places.rawValue).baseAddress!
                    .assumingMemoryBound(to: UInt64.self)
                prepare(request, memory, places)
                let begin = Clock.awake()
                _ = try object.run(program.rawValue, context: UnsafeMutableRawBufferPointer(start: nil, count: 0))
                let time = Clock.awake() - begin
                longest.max(time, ordering: .relaxed)
                count.add(1, ordering: .relaxed)
                if time > 1_000_000 { long.add(1, ordering: .relaxed) }
                then(request, memory, places)
            }
        } catch {
            throw KernelMemoryError("kernel memory can't be read: \(error)")
        }
    }
}
