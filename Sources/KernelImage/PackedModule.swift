// SPDX-License-Identifier: Apache-2.0

import CCompression

/// Unpacks kernel modules as distributions pack them: xz, zstd, gzip, known by how they begin; what begins otherwise is
/// taken as it is.
///
/// Memory is bounded by ``limit``; xz may take ``dictionaryLimit`` besides. One packed stream has to fill the file: of two
/// behind each other, or with something behind it, who loads the module might see another module than is seen here.
public enum PackedModule {
    /// The largest module that is unpacked, in bytes; graphics drivers have up to 100 MB.
    public static let limit = 256 << 20

    /// What xz may take for its dictionary and itself, in bytes; the kernel's build takes a dictionary of 1 or 2 MiB.
    public static let dictionaryLimit: UInt64 = 96 << 20

    /// Bytes that are unpacked at a time.
    private static let chunk = 1 << 18

    public static func unpack(_ file: [UInt8]) throws(PackedModuleError) -> [UInt8] {
        if file.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) { return try xz(file) }
        if file.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return try zstd(file) }
        if file.starts(with: [0x1f, 0x8b]) { return try gzip(file) }
        return file
    }

    private static func xz(_ file: [UInt8]) throws(PackedModuleError) -> [UInt8] {
        var stream = lzma_stream()
        guard lzma_stream_decoder(&stream, dictionaryLimit, 0) == LZMA_OK else { throw .corrupt("xz: no memory") }
        defer { lzma_end(&stream) }
        return try unpack(file) { input, output throws(PackedModuleError) in
            stream.next_in = input.baseAddress
            stream.avail_in = input.count
            stream.next_out = output.baseAddress
            stream.avail_out = output.count
            let result = lzma_code(&stream, LZMA_FINISH)
            guard result == LZMA_OK || result == LZMA_STREAM_END else {
                throw .corrupt("xz: code \(result.rawValue)")
            }
            return Step(
                read: input.count - stream.avail_in, written: output.count - stream.avail_out,
                isLast: result == LZMA_STREAM_END)
        }
    }

    private static func zstd(_ file: [UInt8]) throws(PackedModuleError) -> [UInt8] {
        guard let stream = ZSTD_createDStream() else { throw .corrupt("zstd: no memory") }
        defer { ZSTD_freeDStream(stream) }
        return try unpack(file) { input, output throws(PackedModuleError) in
            var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let result = ZSTD_decompressStream(stream, &to, &from)
            guard ZSTD_isError(result) == 0 else {
                throw .corrupt("zstd: \(String(cString: ZSTD_getErrorName(result)))")
            }
            return Step(read: from.pos, written: to.pos, isLast: result == 0)
        }
    }

    private static func gzip(_ file: [UInt8]) throws(PackedModuleError) -> [UInt8] {
        var stream = z_stream()
        // 16 + 15: a gzip header, and the largest window.
        guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .corrupt("gzip: no memory")
        }
        defer { inflateEnd(&stream) }
        return try unpack(file) { input, output throws(PackedModuleError) in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(clamping: input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            let offered = Int(stream.avail_in)
            let result = inflate(&stream, Z_NO_FLUSH)
            guard result == Z_OK || result == Z_STREAM_END else { throw .corrupt("gzip: code \(result)") }
            return Step(
                read: offered - Int(stream.avail_in), written: output.count - Int(stream.avail_out),
                isLast: result == Z_STREAM_END)
        }
    }

    private struct Step {
        var read: Int
        var written: Int
        var isLast: Bool
    }

    private static func unpack(
        _ file: [UInt8],
        _ step: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) throws(PackedModuleError) -> Step
    ) throws(PackedModuleError) -> [UInt8] {
        var module: [UInt8] = []
        let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: chunk)
        defer { output.deallocate() }
        var position = 0
        while true {
            let from = position
            // By Result: withUnsafeBufferPointer has no typed errors in every toolchain.
            let result = file.withUnsafeBufferPointer { input -> Result<Step, PackedModuleError> in
                do throws(PackedModuleError) {
                    return .success(try step(UnsafeBufferPointer(rebasing: input[from...]), output))
                } catch {
                    return .failure(error)
                }
            }
            let done = try result.get()
            position += done.read
            module += output[..<done.written]
            guard module.count <= limit else { throw .tooLarge }
            if done.isLast {
                guard position == file.count else { throw .corrupt("something follows what is packed") }
                return module
            }
            guard done.read > 0 || done.written > 0 else { throw .corrupt("it ends early") }
        }
    }
}

/// Why a module can't be unpacked.
public enum PackedModuleError: Error, Hashable, Sendable, CustomStringConvertible {
    case corrupt(String)
    /// Unpacked, it would be larger than ``PackedModule/limit``.
    case tooLarge

    public var description: String {
        switch self {
        case .corrupt(let why): "it can't be unpacked (\(why))"
        case .tooLarge: "unpacked it has more than \(PackedModule.limit >> 20) MiB"
        }
    }
}
