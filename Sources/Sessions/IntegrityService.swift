// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Integrity`: what the monitor of the kernel's integrity found.
struct IntegrityService: Sallyport_V1_Integrity.ServiceProtocol {
    let calls: KernelCalls
    let limits: APILimits
    let sessions: SessionRegistry

    func list(
        request: ServerRequest<Sallyport_V1_ListFindingsRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_ListFindingsResponse> {
        let request = request.message
        return try await calls.stream(context) { platform, _ in
            var findings = try await platform.findings()
            try await Self.check(request.checks, platform, findings)
            if request.openOnly { findings.removeAll { $0.ended != nil } }
            if !request.checks.isEmpty { findings.removeAll { !request.checks.contains($0.check) } }
            return findings
        } write: { findings, writer in
            for batch in Batches(findings, limits: limits, size: \.approximateSize) {
                try await writer.write(.with { $0.findings = batch.map(Sallyport_V1_Finding.init) })
            }
        }
    }

    func watch(
        request: ServerRequest<Sallyport_V1_WatchFindingsRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_WatchFindingsResponse> {
        let request = request.message
        let minimum = Finding.Severity(request.minimum)
        return try await calls.stream(context) { platform, share in
            try await Self.check(request.checks, platform, try await platform.findings())
            return try sessions.open(try await platform.watchFindings(), taking: share)
        } write: { open, writer in
            defer { open.close() }
            try await withTaskCancellationHandler {
                while let (findings, missed) = await open.session.next() {
                    let wanted = findings.filter { finding in
                        (request.checks.isEmpty || request.checks.contains(finding.check))
                            && (minimum.map { finding.severity >= $0 } ?? true)
                    }
                    var untold = missed
                    for batch in Batches(wanted, limits: limits, size: \.approximateSize) {
                        try await writer.write(
                            .with {
                                $0.findings = batch.map(Sallyport_V1_Finding.init)
                                $0.missed = untold
                            })
                        untold = 0
                    }
                    if untold > 0 { try await writer.write(.with { $0.missed = untold }) }
                }
            } onCancel: {
                open.close()
            }
            // Ended by the platform. If it was the client who left, nobody reads this.
            throw PlatformError(.stopping, "the platform is stopping; watch again when it is back")
        }
    }

    func getStatus(
        request: ServerRequest<Sallyport_V1_GetIntegrityStatusRequest>, context: ServerContext
    ) async throws -> ServerResponse<Sallyport_V1_GetIntegrityStatusResponse> {
        let status = await (try calls.entitled()).integrityStatus()
        return ServerResponse(message: .with { $0.status = Sallyport_V1_IntegrityStatus(status) })
    }

    func scan(
        request: ServerRequest<Sallyport_V1_ScanRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_ScanResponse> {
        let checks = Set(request.message.checks)
        return try await calls.stream(context) { platform, _ in
            try await platform.scan(checks)
        } write: { progress, writer in
            var isComplete = false
            for await step in progress {
                try await writer.write(Sallyport_V1_ScanResponse(step))
                isComplete = step.completed >= step.total
            }
            // Half a scan must not look like one that found nothing.
            guard isComplete else {
                throw PlatformError(.stopping, "the platform stopped before all checks had looked: scan again")
            }
        }
    }

    func listExplained(
        request: ServerRequest<Sallyport_V1_ListExplainedRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_ListExplainedResponse> {
        let check = request.message.check
        return try await calls.stream(context) { platform, _ in
            if !check.isEmpty { try await Self.check([check], platform) }
            return try await platform.explained(by: check.isEmpty ? nil : check)
        } write: { changes, writer in
            for batch in Batches(changes, limits: limits, size: { 32 + $0.name.utf8.count + $0.first.utf8.count }) {
                try await writer.write(.with { $0.changes = batch.map(Sallyport_V1_ExplainedChange.init) })
            }
        }
    }

    func endIsolation(
        request: ServerRequest<Sallyport_V1_EndIsolationRequest>, context: ServerContext
    ) async throws -> ServerResponse<Sallyport_V1_EndIsolationResponse> {
        let platform = try calls.entitled()
        try Caller.requireSite()
        let reason = try await answering { try await platform.endIsolation() }
        return ServerResponse(message: .with { $0.reason = reason ?? "" })
    }

    /// Refuses names that no check has, nor any finding that a former version kept: a slip must not look like nothing found.
    private static func check(
        _ names: [String], _ platform: any IntegrityPlatform, _ findings: [Finding] = []
    ) async throws(PlatformError) {
        guard !names.isEmpty else { return }
        let known = Set(await platform.integrityStatus().checks.map(\.name) + findings.map(\.check))
        guard let unknown = names.first(where: { !known.contains($0) }) else { return }
        throw .noCheck(unknown)
    }
}

extension Finding {
    var approximateSize: Int {
        192 + subject.utf8.count + summary.utf8.count + attribution.utf8.count + advice.utf8.count
            + differences.reduce(0) { $0 + 160 + $1.symbol.utf8.count }
    }
}
