// SPDX-License-Identifier: Apache-2.0

/// The compiled objects of kernel programs, embedded in the binary by the plugin `CompileKernelPrograms`.
public enum KernelObject: Sendable {
    /// What reports and decides by policies: `Kernel/sallyport.bpf.c`.
    case sallyport
    /// Protection and the seal: `Kernel/protection/protection.bpf.c`.
    case protection
    /// The eyes of the checks of integrity: `Kernel/integrity/integrity.bpf.c`.
    case integrity
    /// The watchdog over the monitor, and isolation: `Kernel/integrity/response.bpf.c`.
    case response

    /// Calls `body` with the ELF object's bytes, 16-byte aligned, valid during the call. Costs about 1 ms (base64).
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount + 3, alignment: 16)
        defer { buffer.deallocate() }
        decode(into: buffer)
        return try body(UnsafeRawBufferPointer(rebasing: buffer[..<byteCount]))
    }

    private func decode(into buffer: UnsafeMutableRawBufferPointer) {
        var accumulator: UInt32 = 0
        var bits = 0
        var written = 0
        for index in 0..<encoded.utf8CodeUnitCount {
            let character = encoded.utf8Start[index]
            let value: UInt32
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(character) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(character) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(character) + 4
            case UInt8(ascii: "+"): value = 62
            default: value = 63
            }
            accumulator = accumulator << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                buffer[written] = UInt8(truncatingIfNeeded: accumulator >> UInt32(bits))
                written += 1
            }
        }
    }
}
