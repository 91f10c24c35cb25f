// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_Finding {
    package init(_ finding: Finding) {
        self.init()
        id = finding.id
        check = finding.check
        severity = Sallyport_V1_FindingSeverity(finding.severity)
        summary = finding.summary
        subject = Data(finding.subject.utf8.prefix(Finding.subjectLimit))
        attribution = finding.attribution
        if let pid = finding.process { process = .with { $0.pid = pid } }
        differences = finding.differences.map { difference in
            .with {
                $0.symbol = Data(difference.symbol.utf8)
                $0.offset = difference.offset
                $0.expected = Data(difference.expected)
                $0.found = Data(difference.found)
            }
        }
        firstSeen = finding.firstSeen
        lastSeen = finding.lastSeen
        if let ended = finding.ended { self.ended = ended }
        response = Sallyport_V1_FindingResponse(finding.response)
        advice = finding.advice
    }
}

extension Finding {
    package init(_ message: Sallyport_V1_Finding) throws(ValueError) {
        guard let severity = Severity(message.severity) else {
            throw .invalid(field: "severity", reason: "this version knows no severity \(message.severity.rawValue)")
        }
        self.init(
            id: message.id, check: message.check, severity: severity,
            subject: String(decoding: message.subject, as: UTF8.self), summary: message.summary,
            attribution: message.attribution, advice: message.advice,
            process: message.hasProcess ? message.process.pid : nil,
            differences: message.differences.map {
                Difference(
                    symbol: String(decoding: $0.symbol, as: UTF8.self), offset: $0.offset, expected: Array($0.expected),
                    found: Array($0.found))
            },
            firstSeen: message.firstSeen, lastSeen: message.lastSeen, ended: message.hasEnded ? message.ended : nil,
            response: try Response(message.response))
    }
}

extension Sallyport_V1_FindingSeverity {
    package init(_ severity: Finding.Severity) {
        self =
            switch severity {
            case .explained: .explained
            case .weakness: .weakness
            case .violation: .violation
            }
    }
}

extension Finding.Severity {
    /// `nil` where none is set, or it isn't known.
    package init?(_ message: Sallyport_V1_FindingSeverity) {
        switch message {
        case .explained: self = .explained
        case .weakness: self = .weakness
        case .violation: self = .violation
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension Sallyport_V1_FindingResponse {
    package init(_ response: Finding.Response) {
        self =
            switch response {
            case .report: .report
            case .isolate: .isolate
            case .panic: .panic
            }
    }
}

extension Finding.Response {
    package init(_ message: Sallyport_V1_FindingResponse) throws(ValueError) {
        switch message {
        case .report: self = .report
        case .isolate: self = .isolate
        case .panic: self = .panic
        case .unspecified, .UNRECOGNIZED:
            throw .invalid(field: "response", reason: "this version knows no response \(message.rawValue)")
        }
    }
}

/// Findings as bytes to be kept: the API's message of a list of them.
package enum StoredFindings {
    package static func bytes(_ findings: [Finding]) throws -> [UInt8] {
        let message = Sallyport_V1_ListFindingsResponse.with { $0.findings = findings.map(Sallyport_V1_Finding.init) }
        return try message.serializedBytes()
    }

    /// What of it can't be read, as another version wrote it, is only counted.
    ///
    /// - Throws: where the bytes aren't that message.
    package static func findings(in bytes: [UInt8]) throws -> (findings: [Finding], unreadable: Int) {
        let messages = try Sallyport_V1_ListFindingsResponse(serializedBytes: bytes).findings
        let findings = messages.compactMap { try? Finding($0) }
        return (findings, messages.count - findings.count)
    }
}
