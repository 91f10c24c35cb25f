// SPDX-License-Identifier: Apache-2.0

/// LZ4's legacy frame, which `lz4 -l` makes and the kernel's build uses: a magic number, then blocks, each with its packed
/// size before it and 8 MiB unpacked at most (lib/decompress_unlz4.c; lz4's doc/lz4_Block_format.md).
enum LZ4 {
    private static let magic: UInt32 = 0x184c_2102

    /// - Returns: how many bytes were written, and why it ended before all was unpacked.
    static func unpack(
        _ packed: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
    ) -> (Int, String?) {
        var position = 0
        var written = 0
        while packed.count - position >= 4 {
            let size = UInt32(littleEndian: packed.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            position += 4
            if size == magic { continue }
            guard Int(size) <= packed.count - position else { return (written, "lz4: a block is cut") }
            let block = UnsafeRawBufferPointer(rebasing: packed[position..<position + Int(size)])
            guard unpackBlock(block, into: memory, at: &written) else { return (written, "lz4: a block is damaged") }
            position += Int(size)
        }
        return (written, position == packed.count ? nil : "lz4: bytes are left over")
    }

    /// Sequences of literals and of matches, which repeat what was written `distance` bytes ago.
    private static func unpackBlock(
        _ block: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer, at written: inout Int
    ) -> Bool {
        let start = written
        var position = 0
        while position < block.count {
            let token = block[position]
            position += 1
            guard let literals = length(Int(token >> 4), block, &position),
                literals <= block.count - position, literals <= memory.count - written
            else { return false }
            memory[written..<written + literals].copyBytes(from: block[position..<position + literals])
            position += literals
            written += literals
            // The last sequence of a block has literals only.
            if position == block.count { return true }

            guard block.count - position >= 2 else { return false }
            let distance = Int(block[position]) | Int(block[position + 1]) << 8
            position += 2
            guard distance > 0, distance <= written - start,
                let match = length(Int(token & 15), block, &position), match + 4 <= memory.count - written
            else { return false }
            // Byte by byte: a match may overlap what it writes.
            for _ in 0..<match + 4 {
                memory[written] = memory[written - distance]
                written += 1
            }
        }
        return true
    }

    /// Four bits, and if all are set bytes that are added, up to the first that isn't 255.
    private static func length(_ first: Int, _ block: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        var sum = first
        guard first == 15 else { return sum }
        while position < block.count {
            let more = block[position]
            position += 1
            sum += Int(more)
            if more != 255 { return sum }
        }
        return nil
    }
}
