// SPDX-License-Identifier: Apache-2.0

import APIValues
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Platform`: how the platform is doing and what it can do here.
struct PlatformService: Sallyport_V1_Platform.SimpleServiceProtocol {
    let platform: any Platform

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
