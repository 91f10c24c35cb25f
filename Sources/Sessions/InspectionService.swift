// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Inspection`: reads of named areas of the running kernel.
struct InspectionService: Sallyport_V1_Inspection.SimpleServiceProtocol {
    /// `nil` where the kernel can't be read, or the site turned it off.
    let platform: (any IntegrityPlatform)?
    let limits: APILimits

    func listAreas(
        request: Sallyport_V1_ListAreasRequest, response: RPCWriter<Sallyport_V1_ListAreasResponse>,
        context: ServerContext
    ) async throws {
        try await answering { platform in
            let areas = try await platform.inspectionAreas()
            for batch in Batches(areas, limits: limits, size: { 32 + $0.name.utf8.count + $0.summary.utf8.count }) {
                try await response.write(.with { $0.areas = batch.map(Sallyport_V1_InspectionArea.init) })
            }
        }
    }

    func read(
        request: Sallyport_V1_ReadAreaRequest, response: RPCWriter<Sallyport_V1_ReadAreaResponse>,
        context: ServerContext
    ) async throws {
        try await answering { platform in
            let pieces = try await platform.inspect(
                request.area, from: request.offset, length: request.length, for: try Caller.required())
            for piece in pieces { try await response.write(Sallyport_V1_ReadAreaResponse(piece)) }
        }
    }

    private func answering(_ body: (any IntegrityPlatform) async throws -> Void) async throws {
        try Caller.require("inspect-kernel") { $0.inspectKernel }
        guard let platform else { throw RPCError.notAvailable("Inspection") }
        do {
            try await body(platform)
        } catch let error as PlatformError {
            throw RPCError(error)
        }
    }
}
