// SPDX-License-Identifier: Apache-2.0

/// What the read-only data of a running kernel should be: the image's bytes, moved by KASLR.
///
/// From `__start_rodata` on: system call table, operations of files and file systems, strings, type information. All of it
/// keeps the value that the image has, but for one range: what the kernel writes until it has started
/// (`__ro_after_init`, with the tables of static keys and calls, which it sorts). That isn't compared. And on some processors
/// it takes a list of options apart in place, before the data is made read-only (``splitLiteral``).
public struct KernelConstants: Sendable {
    /// What is compared, in the running kernel.
    public let addresses: Range<UInt64>
    /// What isn't: from `__start_ro_after_init` to `__end_ro_after_init`.
    public let writtenAtStart: Range<UInt64>

    private let bytes: [UInt8]
    /// Indices of commas that may be zero.
    private let commas: Set<Int>

    /// On Skylake servers (`set_rdt_options` in arch/x86/kernel/cpu/resctrl/core.c).
    private static let splitLiteral = Array("!cmt,!mbmtotal,!mbmlocal,!l3cat\0".utf8)

    public var coverage: ComparisonCoverage {
        let skipped = Int(writtenAtStart.upperBound - writtenAtStart.lowerBound)
        return ComparisonCoverage(strict: bytes.count - skipped, byForm: 0, notCompared: skipped)
    }

    init(_ image: KernelImage, slide: UInt64) throws(KernelImageError) {
        let first = try image.kernel.need(".rodata")
        // Read-only sections follow one another in memory as they do in the file: they are one segment.
        var size = first.size
        for section in image.kernel.sections where section.isLoaded && section.address > first.address {
            let distance = section.address - first.address
            guard section.offset > first.offset, UInt64(section.offset - first.offset) == distance else { continue }
            if let data = image.kernel.section(".data"), section.address >= data.address { continue }
            size = max(size, section.offset - first.offset + section.size)
        }
        guard size <= KernelText.limit, first.address <= UInt64.max - UInt64(size) else {
            throw .malformed("its read-only data has \(size) bytes")
        }
        var bytes = Array(image.kernel.bytes[first.offset..<first.offset + size])
        if slide != 0 {
            guard let relocations = image.relocations else { throw .lacking("relocations behind its ELF file") }
            relocations.apply(slide, to: &bytes, at: first.address)
        }
        guard let start = image.symbols.address(of: "__start_ro_after_init"),
            let end = image.symbols.address(of: "__end_ro_after_init"),
            first.address <= start, start <= end, end <= first.address + UInt64(size)
        else { throw .lacking("symbols __start_ro_after_init and __end_ro_after_init") }
        let moved = first.address &+ slide
        guard moved <= UInt64.max - UInt64(size) else { throw .malformed("it can't be moved by \(slide)") }
        self.bytes = bytes
        commas = Self.commas(ofLiteralIn: bytes)
        addresses = moved..<moved + UInt64(size)
        writtenAtStart = moved + (start - first.address)..<moved + (end - first.address)
    }

    private static func commas(ofLiteralIn bytes: [UInt8]) -> Set<Int> {
        let first = splitLiteral.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return bytes.withUnsafeBytes { bytes in
            for index in 0..<max(0, bytes.count - splitLiteral.count)
            where bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) == first
                && bytes[index..<index + splitLiteral.count].elementsEqual(splitLiteral)
            {
                return Set(splitLiteral.indices.filter { splitLiteral[$0] == UInt8(ascii: ",") }.map { index + $0 })
            }
            return []
        }
    }

    /// Compares bytes of the running kernel's read-only data with what they should be.
    ///
    /// - Parameter address: of the first byte; what lies outside of ``addresses`` is left out.
    public func compare(_ running: RawSpan, at address: UInt64) -> ComparisonReport {
        running.withUnsafeBytes { running in
            let length = UInt64(running.count)
            let range = (address..<(address > UInt64.max - length ? UInt64.max : address + length)).clamped(
                to: addresses)
            var report = ComparisonReport(compared: range)
            note(
                range.clamped(to: addresses.lowerBound..<writtenAtStart.lowerBound), of: running, at: address,
                in: &report)
            note(
                range.clamped(to: writtenAtStart.upperBound..<addresses.upperBound), of: running, at: address,
                in: &report)
            return report
        }
    }

    /// Notes what differs in a range that lies in `addresses` and in the running bytes.
    private func note(
        _ range: Range<UInt64>, of running: UnsafeRawBufferPointer, at address: UInt64,
        in report: inout ComparisonReport
    ) {
        guard !range.isEmpty else { return }
        let start = Int(range.lowerBound - addresses.lowerBound)
        let size = Int(range.upperBound - range.lowerBound)
        let first = Int(range.lowerBound - address)
        let right = UnsafeRawBufferPointer(rebasing: running[first..<first + size])
        bytes.withUnsafeBytes { bytes in
            let left = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
            var position = 0
            while let offset = left.firstDifference(from: right, startingAt: position) {
                if right[offset] == 0, commas.contains(start + offset) {
                    position = offset + 1
                    continue
                }
                var end = offset + 1
                while end < size, end - offset < 256, left[end] != right[end] { end += 1 }
                report.note(
                    UnexplainedDifference(
                        address: range.lowerBound + UInt64(offset), bytes: Array(right[offset..<end]),
                        expected: Array(left[offset..<end]), kind: nil))
                position = end
            }
        }
    }
}
