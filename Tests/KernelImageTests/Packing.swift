// SPDX-License-Identifier: Apache-2.0

import CCompression

/// Packs bytes as the kernel's build does: with the size behind them, which gzip has by itself.
enum Packing: CaseIterable {
    case xz
    case zstd
    case gzip
    case lz4

    func pack(_ bytes: [UInt8]) -> [UInt8] {
        let size = withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { Array($0) }
        switch self {
        case .xz: return xz(bytes) + size
        case .zstd: return zstd(bytes) + size
        case .gzip: return gzip(bytes)
        case .lz4: return lz4(bytes) + size
        }
    }

    private func xz(_ bytes: [UInt8]) -> [UInt8] {
        let capacity = lzma_stream_buffer_bound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            let result = lzma_easy_buffer_encode(
                1, LZMA_CHECK_CRC32, nil, bytes, bytes.count, output.baseAddress, &count, capacity)
            precondition(result == LZMA_OK)
        }
    }

    private func zstd(_ bytes: [UInt8]) -> [UInt8] {
        let capacity = ZSTD_compressBound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            count = ZSTD_compress(output.baseAddress, capacity, bytes, bytes.count, 3)
        }
    }

    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var input = bytes
        let length = UInt32(bytes.count)
        let capacity = Int(deflateBound(&stream, UInt(bytes.count)))
        return input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = length
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(capacity)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
                count = capacity - Int(stream.avail_out)
            }
        }
    }

    /// A block of sequences: runs of a byte as a match of the byte before, all else as literals.
    private func lz4(_ bytes: [UInt8]) -> [UInt8] {
        func extended(_ length: Int) -> [UInt8] {
            guard length >= 15 else { return [] }
            return [UInt8](repeating: 255, count: (length - 15) / 255) + [UInt8((length - 15) % 255)]
        }
        var block: [UInt8] = []
        var literals: [UInt8] = []
        var position = 0
        while position < bytes.count {
            literals.append(bytes[position])
            position += 1
            var run = 0
            while position + run < bytes.count, bytes[position + run] == bytes[position - 1] { run += 1 }
            // The last bytes of a block are literals.
            guard run >= 8, position + run < bytes.count else { continue }
            block.append(UInt8(min(literals.count, 15) << 4 | min(run - 4, 15)))
            block += extended(literals.count) + literals + [1, 0] + extended(run - 4)
            literals = []
            position += run
        }
        block.append(UInt8(min(literals.count, 15) << 4))
        block += extended(literals.count) + literals
        return [0x02, 0x21, 0x4c, 0x18] + withUnsafeBytes(of: UInt32(block.count).littleEndian) { Array($0) } + block
    }
}
