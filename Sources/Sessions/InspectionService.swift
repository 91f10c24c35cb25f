// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI

/// `sallyport.v1.Inspection`: declared, and not there yet.
struct InspectionService: Sallyport_V1_Inspection.SimpleServiceProtocol {
    func listAreas(
        request: Sallyport_V1_ListAreasRequest, response: RPCWriter<Sallyport_V1_ListAreasResponse>,
        context: ServerContext
    ) async throws { throw RPCError.notAvailable("Inspection") }

    func read(
        request: Sallyport_V1_ReadAreaRequest, response: RPCWriter<Sallyport_V1_ReadAreaResponse>,
        context: ServerContext
    ) async throws { throw RPCError.notAvailable("Inspection") }
}
