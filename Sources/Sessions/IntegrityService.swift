// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Integrity`: what the monitor of the kernel's integrity found.
struct IntegrityService: Sallyport_V1_Integrity.SimpleServiceProtocol {
    /// `nil` where the kernel can't be watched, or the site turned it off.
    let platform: (any IntegrityPlatform)?
    let limits: APILimits

    func list(
        request: Sallyport_V1_ListFindingsRequest, response: RPCWriter<Sallyport_V1_ListFindingsResponse>,
        context: ServerContext
    ) async throws {
        let platform = try entitled()
        var findings = await platform.findings()
        if request.openOnly { findings.removeAll { $0.ended != nil } }
        if !request.checks.isEmpty { findings.removeAll { !request.checks.contains($0.check) } }
        for batch in Batches(findings, limits: limits, size: \.approximateSize) {
            try await response.write(.with { $0.findings = batch.map(Sallyport_V1_Finding.init) })
        }
    }

    func watch(
        request: Sallyport_V1_WatchFindingsRequest, response: RPCWriter<Sallyport_V1_WatchFindingsResponse>,
        context: ServerContext
    ) async throws {
        let subscription = await (try entitled()).watchFindings()
        defer { subscription.cancel() }
        let minimum = Finding.Severity(request.minimum)
        try await withTaskCancellationHandler {
            while let (findings, missed) = await subscription.next() {
                let wanted = findings.filter { finding in
                    (request.checks.isEmpty || request.checks.contains(finding.check))
                        && (minimum.map { finding.severity >= $0 } ?? true)
                }
                var untold = missed
                for batch in Batches(wanted, limits: limits, size: \.approximateSize) {
                    try await response.write(
                        .with {
                            $0.findings = batch.map(Sallyport_V1_Finding.init)
                            $0.missed = untold
                        })
                    untold = 0
                }
                if untold > 0 { try await response.write(.with { $0.missed = untold }) }
            }
        } onCancel: {
            subscription.cancel()
        }
    }

    func getStatus(
        request: Sallyport_V1_GetIntegrityStatusRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GetIntegrityStatusResponse {
        let status = await (try entitled()).integrityStatus()
        return .with { $0.status = Sallyport_V1_IntegrityStatus(status) }
    }

    func scan(
        request: Sallyport_V1_ScanRequest, response: RPCWriter<Sallyport_V1_ScanResponse>, context: ServerContext
    ) async throws {
        do {
            let progress = try await (try entitled()).scan(Set(request.checks))
            for await step in progress { try await response.write(Sallyport_V1_ScanResponse(step)) }
        } catch let error as PlatformError {
            throw RPCError(error)
        }
    }

    func listExplained(
        request: Sallyport_V1_ListExplainedRequest, response: RPCWriter<Sallyport_V1_ListExplainedResponse>,
        context: ServerContext
    ) async throws {
        let changes = await (try entitled()).explained(by: request.check.isEmpty ? nil : request.check)
        for batch in Batches(changes, limits: limits, size: { 32 + $0.name.utf8.count + $0.first.utf8.count }) {
            try await response.write(.with { $0.changes = batch.map(Sallyport_V1_ExplainedChange.init) })
        }
    }

    private func entitled() throws -> any IntegrityPlatform {
        try Caller.require("inspect-kernel") { $0.inspectKernel }
        guard let platform else { throw RPCError.notAvailable("Integrity") }
        return platform
    }
}

extension Finding {
    var approximateSize: Int {
        192 + subject.utf8.count + summary.utf8.count + attribution.utf8.count + advice.utf8.count
            + differences.reduce(0) { $0 + 160 + $1.symbol.utf8.count }
    }
}
