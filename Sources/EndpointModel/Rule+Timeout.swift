// SPDX-License-Identifier: Apache-2.0

/// How long an `ask` rule may wait for its answer, for everybody who reads or checks it.
extension Rule {
    /// Below, nobody can answer; above, whoever is held gives up first.
    public static let timeoutRange: ClosedRange<UInt32> = 10...60_000

    /// How long a rule waits that doesn't say, milliseconds: long enough for an agent that looks into the file, short
    /// enough for a person who waits.
    public static let defaultTimeoutMilliseconds: UInt32 = 1000

    /// Milliseconds of `500ms` or `2s`. `nil` if it isn't written so, or not in ``timeoutRange``.
    public static func timeoutMilliseconds(_ text: String) -> UInt32? {
        let isInMilliseconds = text.hasSuffix("ms")
        guard isInMilliseconds || text.hasSuffix("s") else { return nil }
        let digits = text.dropLast(isInMilliseconds ? 2 : 1)
        let areDigits = digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard areDigits, let number = UInt32(digits), number <= timeoutRange.upperBound else { return nil }
        let milliseconds = isInMilliseconds ? number : number * 1000
        return timeoutRange.contains(milliseconds) ? milliseconds : nil
    }

    /// As it is written: in seconds if they are whole.
    public static func timeoutText(_ milliseconds: UInt32) -> String {
        milliseconds.isMultiple(of: 1000) ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
