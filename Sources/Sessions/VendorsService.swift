// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Vendors`: the registry of vendors, for the site only.
struct VendorsService: Sallyport_V1_Vendors.SimpleServiceProtocol {
    let administration: any VendorAdministration

    func getAuthority(
        request: Sallyport_V1_GetAuthorityRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GetAuthorityResponse {
        try await asSite {
            let authority = try await administration.authority()
            return .with { $0.authority = Sallyport_V1_Authority(authority) }
        }
    }

    func initAuthority(
        request: Sallyport_V1_InitAuthorityRequest, context: ServerContext
    ) async throws -> Sallyport_V1_InitAuthorityResponse {
        try await asSite {
            let authority = try await administration.initAuthority(name: request.name)
            return .with { $0.authority = Sallyport_V1_Authority(authority) }
        }
    }

    func importAuthority(
        request: Sallyport_V1_ImportAuthorityRequest, context: ServerContext
    ) async throws -> Sallyport_V1_ImportAuthorityResponse {
        try await asSite {
            let authority = try await administration.importAuthority(
                certificate: request.certificate, key: request.key.isEmpty ? nil : request.key)
            return .with { $0.authority = Sallyport_V1_Authority(authority) }
        }
    }

    func enroll(
        request: Sallyport_V1_EnrollRequest, context: ServerContext
    ) async throws -> Sallyport_V1_EnrollResponse {
        try await asSite {
            let enrolled = try await administration.enrol(try VendorEnrolment(request))
            return .with {
                $0.vendor = Sallyport_V1_Vendor(enrolled.vendor)
                $0.certificate = enrolled.certificate
                $0.authority = enrolled.authority
            }
        }
    }

    func renew(
        request: Sallyport_V1_RenewRequest, context: ServerContext
    ) async throws -> Sallyport_V1_RenewResponse {
        try await asSite {
            let renewed = try await administration.renew(
                try named(request.name), request: request.request,
                validity: request.validity == 0 ? nil : request.validity)
            return .with {
                $0.vendor = Sallyport_V1_Vendor(renewed.vendor)
                $0.certificate = renewed.certificate
            }
        }
    }

    func list(
        request: Sallyport_V1_ListVendorsRequest, context: ServerContext
    ) async throws -> Sallyport_V1_ListVendorsResponse {
        try await asSite {
            let vendors = await administration.vendors()
            return .with { $0.vendors = vendors.map(Sallyport_V1_Vendor.init) }
        }
    }

    func get(
        request: Sallyport_V1_GetVendorRequest, context: ServerContext
    ) async throws -> Sallyport_V1_GetVendorResponse {
        try await asSite {
            let vendor = try await administration.vendor(named: try named(request.name))
            return .with { $0.vendor = Sallyport_V1_Vendor(vendor) }
        }
    }

    func suspend(
        request: Sallyport_V1_SuspendRequest, context: ServerContext
    ) async throws -> Sallyport_V1_SuspendResponse {
        try await asSite {
            let vendor = try await administration.suspend(try named(request.name))
            return .with { $0.vendor = Sallyport_V1_Vendor(vendor) }
        }
    }

    func resume(
        request: Sallyport_V1_ResumeRequest, context: ServerContext
    ) async throws -> Sallyport_V1_ResumeResponse {
        try await asSite {
            let vendor = try await administration.resume(try named(request.name))
            return .with { $0.vendor = Sallyport_V1_Vendor(vendor) }
        }
    }

    func revoke(
        request: Sallyport_V1_RevokeRequest, context: ServerContext
    ) async throws -> Sallyport_V1_RevokeResponse {
        try await asSite {
            let vendor = try await administration.revoke(try named(request.name))
            return .with { $0.vendor = Sallyport_V1_Vendor(vendor) }
        }
    }

    private func asSite<Response>(_ body: () async throws -> Response) async throws(RPCError) -> Response {
        try Caller.requireSite()
        return try await answering(body)
    }

    private func named(_ name: String) throws(ValueError) -> String {
        guard !name.isEmpty else { throw .missing(field: "name") }
        return name
    }
}
