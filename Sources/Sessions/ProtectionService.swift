// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI

/// `sallyport.v1.Protection`: declared, and not there yet.
struct ProtectionService: Sallyport_V1_Protection.SimpleServiceProtocol {
    func protect(
        request: Sallyport_V1_ProtectRequest, context: ServerContext
    ) async throws -> Sallyport_V1_ProtectResponse {
        throw RPCError.notAvailable("Protection")
    }

    func unprotect(
        request: Sallyport_V1_UnprotectRequest, context: ServerContext
    ) async throws -> Sallyport_V1_UnprotectResponse {
        throw RPCError.notAvailable("Protection")
    }

    func list(
        request: Sallyport_V1_ListProtectionsRequest, response: RPCWriter<Sallyport_V1_ListProtectionsResponse>,
        context: ServerContext
    ) async throws { throw RPCError.notAvailable("Protection") }
}
