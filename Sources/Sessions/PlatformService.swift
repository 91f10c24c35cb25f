// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Platform`: how the platform is doing and what it can do here.
struct PlatformService: Sallyport_V1_Platform.SimpleServiceProtocol {
    let platform: any Platform
    let limits: APILimits
    let quotas: VendorQuotas
    /// Whether there is a registry of vendors, which is for the site only.
    let hasVendors: Bool
    /// Whether anything can be protected here.
    let protects: Bool
    /// Whether the kernel's integrity is watched here.
    let inspects: Bool

    func greet(
        request: Sallyport_V1_GreetRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GreetResponse {
        let caller = try Caller.required()
        let status = await platform.status()
        return Sallyport_V1_GreetResponse(
            Greeting(
                version: status.version, boot: platform.boot, caller: caller.identity,
                coverage: await platform.coverage(), limits: limits.named + quotas.named + platform.limits,
                isSealed: status.sealed,
                services: services(for: caller.identity)))
    }

    private func services(for caller: CallerIdentity) -> [String] {
        let everybody = ["Authorizer", "Events", "Platform", "Policies", "Processes"]
        let kernel = inspects && caller.entitlements.inspectKernel ? ["Integrity", "Inspection"] : []
        let vendors = hasVendors && caller == .site ? ["Vendors"] : []
        return (everybody + (protects ? ["Protection"] : []) + kernel + vendors).sorted()
    }

    func getStatus(
        request: Sallyport_V1_GetStatusRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GetStatusResponse {
        let status = await platform.status()
        return .with { $0.status = Sallyport_V1_PlatformStatus(status) }
    }

    func getCoverage(
        request: Sallyport_V1_GetCoverageRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GetCoverageResponse {
        let coverage = await platform.coverage()
        return .with { $0.coverage = Sallyport_V1_Coverage(coverage) }
    }
}
