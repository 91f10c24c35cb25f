// SPDX-License-Identifier: Apache-2.0

/// The places in the kernel that hold addresses, which a kernel moved by KASLR has changed.
///
/// They lie behind the ELF file in a bzImage's payload, as 32-bit words that are sign-extended to addresses: a zero, those of
/// 64-bit fields, a zero, up to Linux 6.14 those of 32-bit fields from which the slide is subtracted (per-CPU variables,
/// then linked at 0) and a zero, and those of 32-bit fields. Source: arch/x86/tools/relocs.c (`emit_relocs`),
/// arch/x86/boot/compressed/misc.c (`handle_relocations`).
struct Relocations {
    var wide: [UInt32] = []
    var inverse: [UInt32] = []
    var narrow: [UInt32] = []

    /// Nil where nothing lies behind the ELF file.
    ///
    /// - Throws: `malformed`.
    init?(behind kernel: ELFKernel) throws(KernelImageError) {
        let count = (kernel.bytes.count - kernel.end) / 4
        guard count > 0 else { return nil }
        let end = kernel.end
        let words = kernel.bytes.withUnsafeBytes { bytes in
            (0..<count).map { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end + $0 * 4, as: UInt32.self)) }
        }
        guard kernel.bytes.count - end == count * 4, words[0] == 0 else {
            throw .malformed("behind its end lies something else than relocations")
        }
        var lists: [[UInt32]] = []
        for list in words.dropFirst().split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false) {
            lists.append(Array(list))
        }
        switch lists.count {
        case 2: (wide, narrow) = (lists[0], lists[1])
        case 3: (wide, inverse, narrow) = (lists[0], lists[1], lists[2])
        default: throw .malformed("its relocations are \(lists.count) lists instead of two or three")
        }
    }

    /// Moves the fields that lie wholly in some bytes of the kernel, as the decompressor does before it starts the kernel.
    ///
    /// - Parameter address: where the bytes are linked to lie.
    func apply(_ slide: UInt64, to bytes: inout [UInt8], at address: UInt64) {
        guard slide != 0 else { return }
        bytes.withUnsafeMutableBytes { memory in
            func fields(_ list: [UInt32], _ width: Int, _ change: (Int) -> Void) {
                guard memory.count >= width else { return }
                let last = UInt64(memory.count - width)
                for word in list {
                    let offset = UInt64(bitPattern: Int64(Int32(bitPattern: word))) &- address
                    if offset <= last { change(Int(offset)) }
                }
            }
            fields(wide, 8) { offset in
                let old = memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                memory.storeBytes(of: old &+ slide, toByteOffset: offset, as: UInt64.self)
            }
            func change32(_ difference: UInt32) -> (Int) -> Void {
                { offset in
                    let old = memory.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    memory.storeBytes(of: old &+ difference, toByteOffset: offset, as: UInt32.self)
                }
            }
            fields(inverse, 4, change32(0 &- UInt32(truncatingIfNeeded: slide)))
            fields(narrow, 4, change32(UInt32(truncatingIfNeeded: slide)))
        }
    }
}
