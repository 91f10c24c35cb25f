// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import KernelImage
import KernelIntegrity
import LinuxSystem
import Synchronization
import Testing

/// What of an area is read, whatever somebody asks for.
@Suite(.enabled(if: FileSystem.exists("/sys/kernel/btf/vmlinux"), "it needs the kernel's types"))
struct KernelInspectionTests {
    /// Each byte is its address's lowest; one page in the middle can't be read.
    private final class Memory: KernelMemory {
        static let text: UInt64 = 0xffff_ffff_8100_0000
        static let hole = text + 0x1_1000..<text + 0x1_2000
        let read = Mutex<[Range<UInt64>]>([])

        func read(_ address: UInt64, _ count: Int) -> MemoryRead {
            read.withLock { $0.append(address..<address + UInt64(count)) }
            var result = MemoryRead(bytes: (0..<count).map { UInt8(truncatingIfNeeded: address + UInt64($0)) })
            let missing = Self.hole.clamped(to: address..<address + UInt64(count))
            if !missing.isEmpty {
                result.missing = [Int(missing.lowerBound - address)..<Int(missing.upperBound - address)]
            }
            return result
        }
        func gather(_ addresses: [UInt64], _ count: Int) -> [[UInt8]?] { addresses.map { _ in nil } }
        func walk(_ list: KernelList, from first: UInt64) -> WalkedList { WalkedList() }
        func numberedTasks() -> [NumberedTask] { [] }
    }

    private static let size: UInt64 = 0x2_0123

    private func inspecting(_ memory: Memory) throws -> KernelInspection {
        let symbols = """
            ffffffff81000000 T _text
            ffffffff81000000 T _stext
            ffffffff81020123 T _etext
            ffffffff82000000 B _end

            """
        return KernelInspection(
            KernelFacts(
                memory: memory, types: try KernelTypes(), symbols: try KernelSymbolTable(listing: Array(symbols.utf8)),
                baseline: ImageBaseline(origin: "none"), release: "0"))
    }

    private static let outside: [(UInt64, UInt64)] = [
        (size + 1, 0), (.max, 0), (0, size + 1), (1, size), (.max, .max), (1, .max), (size, 1),
    ]

    @Test(arguments: outside)
    func `What lies outside of an area isn't read`(offset: UInt64, length: UInt64) throws {
        let memory = Memory()
        let part = try #require(try inspecting(memory).part(of: "kernel.text", from: offset, length: length))
        #expect(part.count == nil && part.areaSize == Self.size && part.cost == 0)
        #expect(try part.read().isEmpty && memory.read.withLock { $0.isEmpty })
        let table = try #require(try inspecting(memory).part(of: "list.symbols", from: .max, length: length))
        #expect(try table.count == nil && table.read().isEmpty)
    }

    @Test func `An area is read from its beginning to its end, and what can't be read is told`() throws {
        let memory = Memory()
        let part = try #require(try inspecting(memory).part(of: "kernel.text", from: 0, length: 0))
        #expect(part.count == Self.size && part.cost == Self.size)
        var end: UInt64 = 0
        var missing: [Range<UInt64>] = []
        for piece in try part.read() {
            #expect(piece.offset == end)
            switch piece.content {
            case .data(let bytes):
                #expect(bytes.count <= 65536 && bytes.first == UInt8(truncatingIfNeeded: end))
                end += UInt64(bytes.count)
            case .missing(let count):
                missing.append(end..<end + count)
                end += count
            case .entries: Issue.record("not of a text")
            }
        }
        #expect(end == Self.size && missing == [0x1_1000..<0x1_2000])
        #expect(
            memory.read.withLock { $0.allSatisfy { (Memory.text..<Memory.text + Self.size).contains($0.lowerBound) } })
    }

    @Test func `A part is what was asked for, and nothing is read before it is`() throws {
        let memory = Memory()
        let part = try #require(try inspecting(memory).part(of: "kernel.text", from: 16, length: 4))
        #expect(part.count == 4 && memory.read.withLock { $0.isEmpty })
        #expect(try part.read() == [InspectedPiece(offset: 16, content: .data([16, 17, 18, 19]))])
        #expect(memory.read.withLock { $0 } == [Memory.text + 16..<Memory.text + 20])
        let nothing = try #require(try inspecting(memory).part(of: "kernel.text", from: Self.size, length: 0))
        #expect(try nothing.count == 0 && nothing.read().isEmpty)
    }

    @Test func `A table's entries count as bytes`() throws {
        let part = try #require(try inspecting(Memory()).part(of: "list.symbols", from: 1, length: 2))
        #expect(part.count == 2 && part.cost == 128)
        #expect(try part.read().map(\.offset) == [1])
    }

    @Test(arguments: ["", "kernel", "kernel.data", "module..text", "module.text", "module.x.text", "ffffffff81000000"])
    func `There is no other area`(name: String) throws {
        #expect(try inspecting(Memory()).part(of: name, from: 0, length: 1) == nil)
    }
}
