// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Inspection`: reads of named areas of the running kernel.
struct InspectionService: Sallyport_V1_Inspection.ServiceProtocol {
    let calls: KernelCalls
    let limits: APILimits

    func listAreas(
        request: ServerRequest<Sallyport_V1_ListAreasRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_ListAreasResponse> {
        try await calls.stream(context) { platform, _ in
            try await platform.inspectionAreas()
        } write: { areas, writer in
            for batch in Batches(areas, limits: limits, size: { 32 + $0.name.utf8.count + $0.summary.utf8.count }) {
                try await writer.write(.with { $0.areas = batch.map(Sallyport_V1_InspectionArea.init) })
            }
        }
    }

    func read(
        request: ServerRequest<Sallyport_V1_ReadAreaRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_ReadAreaResponse> {
        let request = request.message
        return try await calls.stream(context) { platform, _ in
            try await platform.inspect(
                request.area, from: request.offset, length: request.length, for: try Caller.required())
        } write: { pieces, writer in
            for piece in pieces { try await writer.write(Sallyport_V1_ReadAreaResponse(piece)) }
        }
    }
}
