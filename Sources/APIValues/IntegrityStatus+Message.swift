// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_IntegrityStatus {
    package init(_ status: IntegrityStatus) {
        self.init()
        checks = status.checks.map(Sallyport_V1_CheckStatus.init)
        fastMaximum = status.fastMaximum
        fullMaximum = status.fullMaximum
        since = status.since
        processorTime = status.processorTime
        baseline = status.baseline
        isolated = status.isIsolated
    }
}

extension IntegrityStatus {
    package init(_ message: Sallyport_V1_IntegrityStatus) throws(ValueError) {
        self.init(
            checks: try message.checks.map { check throws(ValueError) in try Check(check) },
            fastMaximum: message.fastMaximum, fullMaximum: message.fullMaximum, since: message.since,
            processorTime: message.processorTime, baseline: message.baseline, isIsolated: message.isolated)
    }
}

extension Sallyport_V1_CheckStatus {
    package init(_ check: IntegrityStatus.Check) {
        self.init()
        name = check.name
        covers = check.covers
        pace = check.isFull ? .full : .fast
        response = Sallyport_V1_FindingResponse(check.response)
        looks = check.looks
        lastLook = check.lastLook
        duration = check.duration
        extent = check.extent
        baseline = check.baseline
        gaps = check.gaps
        violations = UInt32(clamping: check.violations)
        explained = UInt64(check.explained)
    }
}

extension IntegrityStatus.Check {
    package init(_ message: Sallyport_V1_CheckStatus) throws(ValueError) {
        self.init(
            name: message.name, covers: message.covers, isFull: message.pace == .full,
            response: try Finding.Response(message.response))
        looks = message.looks
        lastLook = message.lastLook
        duration = message.duration
        extent = message.extent
        baseline = message.baseline
        gaps = message.gaps
        violations = Int(message.violations)
        explained = Int(clamping: message.explained)
    }
}

extension Sallyport_V1_ScanResponse {
    package init(_ progress: ScanProgress) {
        self.init()
        switch progress.step {
        case .begun(let name): begun = name
        case .done(let check): done = Sallyport_V1_CheckStatus(check)
        }
        completed = UInt32(clamping: progress.completed)
        total = UInt32(clamping: progress.total)
    }
}

extension ScanProgress {
    package init(_ message: Sallyport_V1_ScanResponse) throws(ValueError) {
        let step: Step
        switch message.element {
        case .begun(let name): step = .begun(name)
        case .done(let check): step = .done(try IntegrityStatus.Check(check))
        case nil: throw .missing(field: "element")
        }
        self.init(step, completed: Int(message.completed), total: Int(message.total))
    }
}

extension Sallyport_V1_ExplainedChange {
    package init(_ change: ExplainedChange) {
        self.init()
        kind = change.kind
        name = change.name
        places = UInt64(change.places)
        first = change.first
    }
}

extension ExplainedChange {
    package init(_ message: Sallyport_V1_ExplainedChange) {
        self.init(
            kind: message.kind, name: message.name, places: Int(clamping: message.places), first: message.first)
    }
}
