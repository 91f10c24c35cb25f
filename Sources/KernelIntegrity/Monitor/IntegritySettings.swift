// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Why settings aren't taken.
public struct IntegritySettingsError: Error, CustomStringConvertible, Sendable {
    public var description: String
    init(_ description: String) { self.description = description }
}

/// What the site decides about the monitor.
public struct IntegritySettings: Hashable, Sendable {
    /// Seconds within which a fast check, and a full one, finds what it can find: a promise.
    public var fastMaximum: UInt32
    public var fullMaximum: UInt32
    /// What is done about violations of each check, and of those that aren't named.
    public var responses: [String: Finding.Response]
    public var response: Finding.Response

    public init(
        fastMaximum: UInt32 = 30, fullMaximum: UInt32 = 300, responses: [String: Finding.Response] = [:],
        response: Finding.Response = .report
    ) {
        self.fastMaximum = fastMaximum
        self.fullMaximum = fullMaximum
        self.responses = responses
        self.response = response
    }

    /// Reads responses as they are written: `panic`, or `kernel-text=isolate`. The last one counts.
    ///
    /// - Throws: for what isn't one, and for names that no check has.
    public init(
        fastMaximum: UInt32, fullMaximum: UInt32, responses: [String]
    ) throws(IntegritySettingsError) {
        self.init(fastMaximum: fastMaximum, fullMaximum: fullMaximum)
        let names = CheckCatalogue.make().map(\.name) + [Watchdog.checkName]
        for text in responses {
            let words = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard let response = words.last.flatMap(Self.response), words.count <= 2 else {
                throw IntegritySettingsError("'\(text)' is neither report, isolate or panic, nor CHECK=one of these")
            }
            if words.count == 1 {
                self.response = response
                continue
            }
            guard names.contains(words[0]) else {
                throw IntegritySettingsError(
                    "there is no check '\(words[0])': they are \(names.joined(separator: ", "))")
            }
            self.responses[words[0]] = response
        }
    }

    private static func response(_ word: String) -> Finding.Response? {
        switch word {
        case "report": .report
        case "isolate": .isolate
        case "panic": .panic
        default: nil
        }
    }

    public func response(of check: String) -> Finding.Response { responses[check] ?? response }

    func maximum(of pace: CheckPace) -> UInt32 { pace == .fast ? fastMaximum : fullMaximum }

    /// When a check looks next after it began to look: at a moment that nobody can foresee, so early that it has made sure of
    /// a violation by the maximum. Two fifths of it are left for other checks to end before.
    ///
    /// - Parameter draw: 0 to 1, at random.
    /// - Returns: nanoseconds after the beginning of the last look.
    package func pause(of pace: CheckPace, lasting duration: UInt64, draw: Double) -> UInt64 {
        let maximum = UInt64(maximum(of: pace)) * 1_000_000_000
        let sure = UInt64(IntegrityScan.looks) * duration + 1_000_000_000
        let latest = maximum - min(maximum * 9 / 10, maximum * 2 / 5 + sure)
        return latest / 4 + UInt64(Double(latest - latest / 4) * min(max(draw, 0), 1))
    }
}
