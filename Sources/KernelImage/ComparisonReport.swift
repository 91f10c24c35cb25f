// SPDX-License-Identifier: Apache-2.0

/// What comparing a part of the running kernel's text, or read-only data, with its baseline came to.
public struct ComparisonReport: Sendable {
    /// What was compared. It ends before a place that the bytes have only in part: the next bytes should begin there.
    public internal(set) var compared: Range<UInt64>
    /// Places that differ from the image in a way that the kernel's own mechanisms explain, by address.
    public internal(set) var changes: [TextChange] = []
    /// What no mechanism explains, by address. While the kernel is changing a place, it shows `int3` there for a moment: read
    /// again before this is called a violation. Kprobes that weren't told are here.
    public internal(set) var unexplained: [UnexplainedDifference] = []
    /// Whether there are more unexplained differences than are listed: ``limit``. Text isn't compared any further then.
    public internal(set) var isTruncated = false

    /// The most differences that are listed.
    public static let limit = 10_000

    mutating func note(_ difference: UnexplainedDifference) {
        if unexplained.count < Self.limit { unexplained.append(difference) } else { isTruncated = true }
    }
}

extension UnsafeRawBufferPointer {
    /// The index of the first byte that differs, eight at a time; both are as long as the shorter one.
    func firstDifference(from other: UnsafeRawBufferPointer, startingAt first: Int) -> Int? {
        let end = Swift.min(count, other.count)
        var index = first
        // Eight bytes from the index lie in both.
        while end - index >= 8 {
            let left = loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let right = other.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if left != right { return index + (left ^ right).trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            if self[index] != other[index] { return index }
            index += 1
        }
        return nil
    }
}

/// A place that the kernel has changed, and how.
public struct TextChange: Hashable, Sendable {
    /// What stands at the place now.
    public enum Form: Hashable, Sendable {
        /// The image's instructions, but for no-operations made of them.
        case original
        /// The replacement of that index in ``TextSite/replacements``.
        case replacement(Int)
        /// Nothing: no-operations.
        case nothing
        /// A call, or a jump, to an address that the image doesn't fix.
        case call(UInt64)
        case jump(UInt64)
        /// A branch to the target that the image fixes.
        case branch
        /// An indirect call or jump through the register that the image fixes.
        case indirect
        /// A return.
        case ret
        /// The result 0 without a call.
        case zero
        /// An instruction that stops with a warning or an error: a call of what isn't there.
        case trap
        /// Another prefix, or another mark, of the two that there can be.
        case toggled
        /// The value of a constant.
        case value(UInt64)
        /// The count of calls' depth.
        case counting
    }

    public var kind: TextSite.Kind
    public var address: UInt64
    public var length: Int
    public var form: Form

    /// Where a call or jump leads that the image doesn't fix; nil for other forms.
    public var destination: UInt64? {
        switch form {
        case .call(let address), .jump(let address): address
        default: nil
        }
    }
}

/// Bytes that no mechanism of the kernel explains.
public struct UnexplainedDifference: Hashable, Sendable {
    public var address: UInt64
    /// The running kernel's bytes, and what the image has there.
    public var bytes: [UInt8]
    public var expected: [UInt8]
    /// A mechanism's place that they lie in, though it doesn't explain them.
    public var kind: TextSite.Kind?
}

/// How much a comparison can tell, in bytes.
///
/// Strict are bytes for which the image fixes what may stand there: one value, or a few (both branches of a static key,
/// a replacement or none). By form are those that may have any value while the instruction around them is of its kind:
/// mostly where a call leads, which is reported.
public struct ComparisonCoverage: Hashable, Sendable {
    public var strict = 0
    public var byForm = 0
    public var notCompared = 0

    public var total: Int { strict + byForm + notCompared }
}
