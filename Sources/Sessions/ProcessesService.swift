// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Processes`: the processes that live on the machine.
struct ProcessesService: Sallyport_V1_Processes.SimpleServiceProtocol {
    let platform: any Platform
    let limits: APILimits

    func list(
        request: Sallyport_V1_ListProcessesRequest, response: RPCWriter<Sallyport_V1_ListProcessesResponse>,
        context: ServerContext
    ) async throws {
        try Caller.requireAnyNotification()
        for batch in Batches(await platform.processes(), limits: limits, size: \.approximateSize) {
            try await response.write(.with { $0.processes = batch.map(Sallyport_V1_Process.init) })
        }
    }

    func get(
        request: Sallyport_V1_GetProcessRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GetProcessResponse {
        try Caller.requireAnyNotification()
        return try await answering {
            guard request.hasProcess else { throw ValueError.missing(field: "process") }
            let identity = ProcessIdentity(request.process)
            guard let (process, ancestors) = await platform.process(identity) else {
                throw PlatformError(
                    .processNotFound, "there is no process \(identity.pid), or it is another one than was meant")
            }
            return .with {
                $0.process = Sallyport_V1_Process(process)
                $0.ancestors = ancestors.map(Sallyport_V1_Process.init)
            }
        }
    }
}
