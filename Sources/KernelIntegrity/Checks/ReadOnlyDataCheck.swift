// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelImage

/// `read-only-data`: the kernel's constants are the image's.
///
/// Fixture: `rodata`.
public struct ReadOnlyDataCheck: IntegrityCheck {
    public let name = "read-only-data"
    public let covers = "The kernel's read-only data, against the image on disk."
    public let pace = CheckPace.full

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        result.baseline = kernel.facts.baseline.origin
        guard let constants = kernel.facts.baseline.constants else {
            result.gaps.append("there is no image to compare with: \(kernel.facts.baseline.origin)")
            return result
        }
        let addresses = constants.addresses
        let read = try kernel.memory.read(addresses.lowerBound, addresses.count)
        for range in read.missing { result.gaps.append("\(range.count) bytes of read-only data can't be read") }
        let report = read.bytes.withUnsafeBytes { constants.compare($0.bytes, at: addresses.lowerBound) }
        for difference in report.unexplained {
            let offset = Int(difference.address - addresses.lowerBound)
            if read.missing.contains(where: { $0.contains(offset) }) { continue }
            let place = kernel.place(difference.address)
            result.observations.append(
                Observation(
                    .violation, subject: kernel.name(difference.address),
                    summary: "read-only data differs from the image at \(kernel.name(difference.address))",
                    advice: Observation.distrust,
                    differences: [
                        Finding.Difference(
                            symbol: place.symbol, offset: place.offset, expected: difference.expected,
                            found: difference.bytes)
                    ]))
        }
        result.gaps.append("data that is read-only only after the kernel's start isn't compared with the image")
        result.extent = "\(addresses.count - constants.writtenAtStart.count) bytes of data"
        return result
    }
}
