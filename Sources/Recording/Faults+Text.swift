// SPDX-License-Identifier: Apache-2.0

/// One fault as it is written on a command line.
extension Faults {
    /// How faults are written, to be put after "write".
    public static let grammar =
        "late=SHARE,TIME, lost=SHARE, duplicated=SHARE, reordered=SHARE,COUNT, crash=AFTER,TIME, deadline=SHARE or"
        + " overflow=AFTER,COUNT; a SHARE is 5% or 0.5%, a TIME 200ms or 2s"

    /// The longest time that is understood.
    private static let longestSeconds: UInt64 = 86_400

    /// Adds the fault that the text says.
    ///
    /// - Returns: `false` if it says none, and then nothing is changed.
    public mutating func add(_ text: String) -> Bool {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let values = parts[1].split(separator: ",", omittingEmptySubsequences: false)
        switch (String(parts[0]), values.count) {
        case ("late", 2):
            guard let share = Share(values[0]), let time = Self.nanoseconds(values[1]) else { return false }
            late = share
            lateBy = time
        case ("lost", 1):
            guard let share = Share(values[0]) else { return false }
            lost = share
        case ("duplicated", 1):
            guard let share = Share(values[0]) else { return false }
            duplicated = share
        case ("reordered", 2):
            guard let share = Share(values[0]), let count = Self.count(values[1]) else { return false }
            reordered = share
            reorderedWithin = count
        case ("crash", 2):
            guard let after = Self.count(values[0]), let time = Self.nanoseconds(values[1]) else { return false }
            crash = Crash(after: after, lasting: time)
        case ("deadline", 1):
            guard let share = Share(values[0]) else { return false }
            deadlineLeft = share
        case ("overflow", 2):
            guard let after = Self.count(values[0]), let elements = Self.count(values[1]) else { return false }
            overflow = Overflow(after: after, elements: elements)
        default: return false
        }
        return true
    }

    fileprivate static func count(_ text: Substring) -> Int? {
        // A number takes a sign as well.
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func nanoseconds(_ text: Substring) -> UInt64? {
        let isInMilliseconds = text.hasSuffix("ms")
        guard isInMilliseconds || text.hasSuffix("s"),
            let number = count(text.dropLast(isInMilliseconds ? 2 : 1)).flatMap(UInt64.init(exactly:)),
            number <= longestSeconds * (isInMilliseconds ? 1000 : 1)
        else { return nil }
        return number * (isInMilliseconds ? 1_000_000 : 1_000_000_000)
    }
}

extension Faults.Share {
    /// `5%` or `0.5%`.
    init?(_ text: Substring) {
        guard text.hasSuffix("%") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Faults.count(parts[0]), whole <= 100 else { return nil }
        var tenths = 0
        if parts.count == 2 {
            guard parts[1].utf8.count == 1, let digit = Faults.count(parts[1]) else { return nil }
            tenths = digit
        }
        self.init(perMille: UInt32(10 * whole + tenths))
    }
}
