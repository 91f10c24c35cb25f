// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// The findings of one boot: what checks see becomes findings, which stay the same ones as long as they are seen. Pure.
public struct FindingStore: Sendable {
    /// Open findings of one check that are kept; the others are one finding that says how many.
    public static let openLimit = 256
    /// Ended findings that are kept; the oldest go first.
    public static let endedLimit = 1024

    /// In order of their ids.
    public private(set) var findings: [Finding] = []
    private var nextID: UInt64
    /// Ids of those that an earlier daemon has kept and this one hasn't seen yet.
    private var unconfirmed: Set<UInt64> = []

    /// - Parameter firstID: higher than every id that this boot has seen.
    public init(firstID: UInt64 = 1) { nextID = firstID }

    /// Goes on with findings that an earlier daemon of this boot has kept.
    ///
    /// A violation among them that is seen again is answered again where more than a report is called for: the earlier daemon
    /// took isolation with it, or was told of another response.
    public init(kept: [Finding], firstID: UInt64) {
        findings = kept.sorted { $0.id < $1.id }
        nextID = max(firstID, (findings.last?.id ?? 0) &+ 1)
        unconfirmed = Set(findings.filter { $0.ended == nil }.map(\.id))
    }

    /// Takes what a look of a check came to.
    ///
    /// - Parameter now: nanoseconds since 1970.
    /// - Returns: findings that are new, have changed or have ended, in order of their ids.
    public mutating func take(
        _ observations: [Observation], of check: String, response: Finding.Response, at now: UInt64
    ) -> [Finding] {
        var changes: [Finding] = []
        var seen: [Observation.Identity: Observation] = [:]
        for observation in Self.bounded(observations) {
            // Several places of one subject are one finding.
            seen[observation.identity]?.differences += observation.differences
            if seen[observation.identity] == nil { seen[observation.identity] = observation }
        }
        for index in findings.indices where findings[index].check == check && findings[index].ended == nil {
            let identity = Observation.Identity(severity: findings[index].severity, subject: findings[index].subject)
            guard let observation = seen.removeValue(forKey: identity) else {
                findings[index].ended = now
                unconfirmed.remove(findings[index].id)
                changes.append(findings[index])
                continue
            }
            let before = findings[index]
            findings[index].summary = observation.summary
            findings[index].differences = observation.differences
            findings[index].attribution = observation.attribution
            if observation.severity == .violation { findings[index].response = response }
            let isConfirmed = unconfirmed.remove(before.id) != nil && findings[index].response > .report
            let isTold = isConfirmed || findings[index] != before
            findings[index].lastSeen = now
            if isTold { changes.append(findings[index]) }
        }
        for observation in seen.values.sorted(by: { $0.subject < $1.subject }) {
            let finding = Finding(
                id: nextID, check: check, severity: observation.severity, subject: observation.subject,
                summary: observation.summary, attribution: observation.attribution, advice: observation.advice,
                process: observation.process, differences: observation.differences, firstSeen: now, lastSeen: now,
                response: observation.severity == .violation ? response : .report)
            nextID += 1
            findings.append(finding)
            changes.append(finding)
        }
        drop()
        return changes.sorted { $0.id < $1.id }
    }

    public func openViolations(of check: String) -> Int {
        findings.count { $0.check == check && $0.severity == .violation && $0.ended == nil }
    }

    /// Whether a violation was seen by an earlier look of this daemon.
    func isOpen(_ identity: Observation.Identity, of check: String) -> Bool {
        findings.contains {
            $0.check == check && $0.ended == nil && $0.severity == identity.severity && $0.subject == identity.subject
                && !unconfirmed.contains($0.id)
        }
    }

    private static func bounded(_ observations: [Observation]) -> [Observation] {
        guard observations.count > openLimit else { return observations }
        let sorted = observations.sorted { ($1.severity, $0.subject) < ($0.severity, $1.subject) }
        let rest = sorted.count - (openLimit - 1)
        return sorted.prefix(openLimit - 1) + [
            Observation(
                sorted[openLimit - 1].severity, subject: "others",
                summary: "\(rest) more that aren't listed one by one", advice: sorted[openLimit - 1].advice)
        ]
    }

    private mutating func drop() {
        let ended = findings.count { $0.ended != nil }
        guard ended > Self.endedLimit else { return }
        var excess = ended - Self.endedLimit
        findings.removeAll { finding in
            guard finding.ended != nil, excess > 0 else { return false }
            excess -= 1
            return true
        }
    }
}
