// SPDX-License-Identifier: Apache-2.0

import APIValues
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
        for batch in Batches(await platform.processes(), limits: limits, size: \.approximateSize) {
            try await response.write(.with { $0.processes = batch.map(Sallyport_V1_Process.init) })
        }
    }
}
