// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import EventRecords
import EventRing
import Glibc

/// A ring whose other end lies: eight bytes each for where reader and writer are, then what lies in it. Behind its data
/// there is memory that can't be touched.
struct RingTarget: FuzzTarget {
    let name = "rings"

    private static let size = 4096
    /// Positions, both images of the data, and the page that can't be touched.
    // nonisolated(unsafe): inputs are decoded one after another.
    nonisolated(unsafe) private static let memory: UnsafeMutableRawPointer = {
        let memory = mmap(nil, size * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        precondition(memory != MAP_FAILED && mprotect(memory + size * 3, size, PROT_NONE) == 0)
        return memory
    }()

    func samples() throws -> [[UInt8]] {
        let record = RecordTarget.record(.processExec)
        var header: [UInt8] = []
        withUnsafeBytes(of: UInt32(record.count).littleEndian) { header += $0 }
        header += [0, 0, 0, 0]
        let step = (record.count + 15) / 8 * 8
        func positions(_ consumed: UInt64, _ produced: UInt64) -> [UInt8] {
            var bytes: [UInt8] = []
            for position in [consumed, produced] { withUnsafeBytes(of: position.littleEndian) { bytes += $0 } }
            return bytes
        }
        let padding = [UInt8](repeating: 0, count: step - 8 - record.count)
        return [
            positions(0, UInt64(step)) + header + record,
            positions(0, UInt64(2 * step)) + header + record + padding + header + record,
        ]
    }

    func decode(_ bytes: [UInt8]) {
        let memory = Self.memory
        let positions = Array(bytes.prefix(16)) + [UInt8](repeating: 0, count: max(0, 16 - bytes.count))
        memory.copyMemory(from: positions, byteCount: 16)
        for image in 1...2 {
            let data = UnsafeMutableRawBufferPointer(start: memory + Self.size * image, count: Self.size)
            _ = data.initializeMemory(as: UInt8.self, repeating: 0)
            data.copyBytes(from: bytes.dropFirst(16).prefix(Self.size))
        }
        let reader = RingReader(
            consumer: memory, producer: memory + 8, data: memory + Self.size, size: Self.size)
        var assembler = EventAssembler(names: RecordTarget.NoNames())
        for _ in 0..<4 {
            guard let count = try? reader.read(limit: 100, { RecordTarget.assemble($0, &assembler) }), count > 0 else {
                return
            }
        }
    }
}
