// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI

/// `sallyport.v1.Integrity`: declared, and not there yet.
struct IntegrityService: Sallyport_V1_Integrity.SimpleServiceProtocol {
    func list(
        request: Sallyport_V1_ListFindingsRequest, response: RPCWriter<Sallyport_V1_ListFindingsResponse>,
        context: ServerContext
    ) async throws { throw RPCError.notAvailable("Integrity") }

    func watch(
        request: Sallyport_V1_WatchFindingsRequest, response: RPCWriter<Sallyport_V1_WatchFindingsResponse>,
        context: ServerContext
    ) async throws { throw RPCError.notAvailable("Integrity") }
}
