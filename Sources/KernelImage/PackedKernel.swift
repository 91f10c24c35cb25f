// SPDX-License-Identifier: Apache-2.0

import CCompression

/// Unpacks the kernel of a bzImage.
///
/// Memory is bounded by what the image says is the unpacked size, and that by ``limit``; xz may take
/// ``dictionaryLimit`` besides. Formats by their magic: lib/decompress.c; the size behind the packed bytes:
/// arch/x86/boot/compressed/Makefile and scripts/Makefile.lib (`size_append`).
enum PackedKernel {
    /// The largest kernel that is unpacked, in bytes; those of distributions have 60 MB.
    static let limit: UInt32 = 256 << 20

    /// What xz may take for its dictionary and itself, in bytes: the kernel is packed with 128 MiB at most.
    static let dictionaryLimit: UInt64 = 160 << 20

    private enum Format {
        case xz
        case zstd
        case gzip
        case lz4
    }

    static func unpack(_ payload: UnsafeRawBufferPointer) throws(KernelImageError) -> [UInt8] {
        let format = try format(of: payload)
        guard payload.count > 8 else { throw .truncated("the packed kernel does") }
        let size = UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: payload.count - 4, as: UInt32.self))
        guard size <= limit else { throw .tooLarge(UInt64(size), limit: UInt64(limit)) }
        // gzip ends in the size itself; behind other formats the kernel's build appends it.
        let packed = format == .gzip ? payload : UnsafeRawBufferPointer(rebasing: payload.dropLast(4))

        var failure: String?
        let kernel = [UInt8](unsafeUninitializedCapacity: Int(size)) { output, count in
            let memory = UnsafeMutableRawBufferPointer(output)
            switch format {
            case .xz: (count, failure) = xz(packed, into: memory)
            case .zstd: (count, failure) = zstd(packed, into: memory)
            case .gzip: (count, failure) = gzip(packed, into: memory)
            case .lz4: (count, failure) = LZ4.unpack(packed, into: memory)
            }
        }
        if let failure { throw .corrupt(failure) }
        guard kernel.count == size else { throw .corrupt("\(kernel.count) bytes instead of \(size)") }
        return kernel
    }

    private static func format(of payload: UnsafeRawBufferPointer) throws(KernelImageError) -> Format {
        func starts(_ magic: UInt8...) -> Bool { payload.starts(with: magic) }
        if starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00) { return .xz }
        if starts(0x28, 0xb5, 0x2f, 0xfd) { return .zstd }
        if starts(0x1f, 0x8b) || starts(0x1f, 0x9e) { return .gzip }
        if starts(0x02, 0x21, 0x4c, 0x18) { return .lz4 }
        if starts(0x42, 0x5a, 0x68) { throw .compression("bzip2") }
        if starts(0x5d, 0x00) { throw .compression("lzma") }
        if starts(0x89, 0x4c, 0x5a, 0x4f) { throw .compression("lzo") }
        let magic = payload.prefix(4).map { String($0, radix: 16) }.joined(separator: " ")
        throw .compression("something unknown that begins with \(magic)")
    }

    private static func xz(
        _ packed: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
    ) -> (Int, String?) {
        var memoryLimit = dictionaryLimit
        var read = 0
        var written = 0
        let result = lzma_stream_buffer_decode(
            &memoryLimit, 0, nil, packed.baseAddress?.assumingMemoryBound(to: UInt8.self), &read, packed.count,
            memory.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, memory.count)
        return (written, result == LZMA_OK ? nil : "xz: code \(result.rawValue)")
    }

    private static func zstd(
        _ packed: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
    ) -> (Int, String?) {
        let result = ZSTD_decompress(memory.baseAddress, memory.count, packed.baseAddress, packed.count)
        guard ZSTD_isError(result) == 0 else { return (0, "zstd: \(String(cString: ZSTD_getErrorName(result)))") }
        return (result, nil)
    }

    private static func gzip(
        _ packed: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
    ) -> (Int, String?) {
        var stream = z_stream()
        // 16 + 15: a gzip header, and the largest window.
        guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return (0, "gzip: no memory")
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: packed.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(clamping: packed.count)
        stream.next_out = memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(clamping: memory.count)
        let result = inflate(&stream, Z_FINISH)
        return (memory.count - Int(stream.avail_out), result == Z_STREAM_END ? nil : "gzip: code \(result)")
    }
}
