// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelImage
import Synchronization

/// `kernel-text`: every byte of the kernel's text is the image's, or explained by one of the kernel's own mechanisms.
///
/// Fixtures: `text`, `fentry_call`, `static_key`, `static_call`, and `syscall_ftrace`, `syscall_kprobe` for what is explained.
public final class KernelTextCheck: IntegrityCheck {
    public let name = "kernel-text"
    public let covers =
        "Every byte of the kernel's text, against the image on disk; each change by whom the kernel says."
    public let pace = CheckPace.full

    /// The text at the first look, where there is no image.
    private let first = Mutex<[UInt8]?>(nil)
    private let unending = UnendingPatching()

    public init() {}

    /// How much is read before the next is compared; a report ends before a place that it has only in part.
    private static let step = 1 << 20

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        guard let text = kernel.facts.baseline.text else { return try lookWithoutImage(kernel) }
        var result = CheckResult()
        result.baseline = kernel.facts.baseline.origin
        let patching = TextPatching(kernel)
        let explanation = try TextExplanation(kernel, patching)
        var unexplained: [UnexplainedDifference] = []
        var unread = 0
        var position = text.addresses.lowerBound
        while position < text.addresses.upperBound {
            let count = Int(min(UInt64(Self.step), text.addresses.upperBound - position))
            let read = try kernel.memory.read(position, count)
            guard read.missing.isEmpty else {
                unread += read.missing.reduce(0) { $0 + $1.count }
                position += UInt64(count)
                continue
            }
            let report = read.bytes.withUnsafeBytes { bytes in
                text.compare(bytes.bytes, at: position, probes: explanation.probes)
            }
            // Another kernel's text, or a tracer that starts on everything: half written.
            if report.isTruncated, try patching.settle() { continue }
            for change in report.changes { explanation.add(change) }
            unexplained += report.unexplained
            if report.isTruncated {
                result.gaps.append("there are more differences than are listed; the text behind them wasn't compared")
                break
            }
            position = max(report.compared.upperBound, position + 1)
        }
        if unread > 0 { result.gaps.append("\(unread) bytes of text can't be read") }
        unexplained = try lasting(unexplained, text, explanation, kernel, patching)
        result.observations += try explanation.observations()
        let isDoubtful = !explanation.doubtful.isEmpty || unexplained.contains { $0.kind != nil }
        if unending.excuses(patching), isDoubtful {
            result.gaps.append(UnendingPatching.gap)
            unexplained.removeAll { $0.kind != nil }
        } else {
            result.observations += explanation.doubtful
        }
        result.observations += unexplained.map { Self.observation($0, kernel) }
        result.explained = explanation.explained
        result.extent = "\(text.addresses.count - unread) bytes of text"
        return result
    }

    /// Those that are still there when nobody is changing text: many places are half written at once when a tracer starts.
    private func lasting(
        _ differences: [UnexplainedDifference], _ text: KernelText, _ explanation: TextExplanation,
        _ kernel: KernelView, _ patching: TextPatching
    ) throws(KernelMemoryError) -> [UnexplainedDifference] {
        var rest = differences
        for _ in 0..<6 where rest.contains(where: Self.mayPass) {
            guard try patching.settle() else { break }
            // Probes come and go, and their jumps a little later.
            var probes = try kernel.facts.probedAddresses()
            var reads: [(difference: UnexplainedDifference, start: UInt64, bytes: [UInt8])] = []
            for difference in rest where Self.mayPass(difference) {
                // With what an instruction before or behind may take.
                let start = max(difference.address &- 32, text.addresses.lowerBound)
                reads.append(
                    (difference, start, try kernel.memory.read(start, difference.bytes.count + 64).bytes))
            }
            probes.formUnion(try kernel.facts.probedAddresses())
            rest.removeAll(where: Self.mayPass)
            for (difference, start, bytes) in reads {
                let report = bytes.withUnsafeBytes { text.compare($0.bytes, at: start, probes: Array(probes)) }
                rest += report.unexplained.filter { $0.address == difference.address }
                for change in report.changes where change.address == difference.address { explanation.add(change) }
            }
        }
        return rest
    }

    /// Whether it may be of a moment: where the kernel changes text, or where a probe may be.
    private static func mayPass(_ difference: UnexplainedDifference) -> Bool {
        difference.kind != nil || difference.bytes.first == 0xcc || difference.bytes.first == 0xe9
    }

    private static func observation(_ difference: UnexplainedDifference, _ kernel: KernelView) -> Observation {
        let place = kernel.place(difference.address)
        let within = difference.kind.map { " where the kernel itself changes text (\($0)), but not so" } ?? ""
        return Observation(
            .violation, subject: kernel.name(difference.address),
            summary: "kernel text differs from the image at \(kernel.name(difference.address))\(within)",
            advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: place.symbol, offset: place.offset, expected: difference.expected, found: difference.bytes)
            ])
    }

    // MARK: Without an image

    private func lookWithoutImage(_ kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        result.baseline = kernel.facts.baseline.origin
        guard let start = kernel.address(of: "_stext"), let end = kernel.address(of: "_etext") else {
            result.gaps.append("the kernel has no symbols _stext and _etext")
            return result
        }
        let now = try kernel.memory.read(start, Int(end - start)).bytes
        let then = first.withLock { known in
            if let known { return known }
            known = now
            return now
        }
        result.gaps.append(
            "what was changed before the first scan isn't seen, nor told from what the kernel changes itself")
        result.extent = "\(now.count) bytes of text"
        for range in now.rangesDiffering(from: then) {
            let address = start + UInt64(range.lowerBound)
            let place = kernel.place(address)
            result.observations.append(
                Observation(
                    .explained, subject: kernel.name(address),
                    summary: "kernel text has changed since the first scan at \(kernel.name(address))",
                    attribution: "unknown: there is no image to tell what the kernel may change",
                    differences: [
                        Finding.Difference(
                            symbol: place.symbol, offset: place.offset, expected: Array(then[range]),
                            found: Array(now[range]))
                    ]))
        }
        return result
    }
}

extension [UInt8] {
    /// Where bytes differ from as many others, places less than eight bytes apart taken together; 1,000 at most.
    func rangesDiffering(from other: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                var index = 0
                let count = Swift.min(mine.count, theirs.count)
                while index < count, ranges.count < 1000 {
                    if index + 8 <= count,
                        mine.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                            == theirs.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    {
                        index += 8
                        continue
                    }
                    if mine[index] != theirs[index] {
                        if let last = ranges.last, index - last.upperBound < 8 {
                            ranges[ranges.count - 1] = last.lowerBound..<index + 1
                        } else {
                            ranges.append(index..<index + 1)
                        }
                    }
                    index += 1
                }
            }
        }
        return ranges
    }
}
