// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// The registry of vendors, for the machine's operator: calls by agents are refused with the reason `site-only`.
extension SallyportClient {
    /// The authority that vendors' certificates are issued by.
    public func authority() async throws(SallyportError) -> VendorAuthority {
        try await calling {
            VendorAuthority(try await vendorsClient.getAuthority(.init(), options: callOptions).authority)
        }
    }

    /// Makes a new authority on this machine. - Parameter name: as certificates show it; empty is the machine's.
    public func initAuthority(name: String = "") async throws(SallyportError) -> VendorAuthority {
        try await calling {
            VendorAuthority(
                try await vendorsClient.initAuthority(.with { $0.name = name }, options: callOptions).authority)
        }
    }

    /// Takes an authority of the site's over: PEM; without its key, certificates are issued elsewhere.
    public func importAuthority(
        certificate: String, key: String? = nil
    ) async throws(SallyportError) -> VendorAuthority {
        try await calling {
            let request = Sallyport_V1_ImportAuthorityRequest.with {
                $0.certificate = certificate
                $0.key = key ?? ""
            }
            return VendorAuthority(try await vendorsClient.importAuthority(request, options: callOptions).authority)
        }
    }

    /// Registers a vendor, and issues its certificate if its enrolment has a request and the authority's key is here.
    public func enrol(_ enrolment: VendorEnrolment) async throws(SallyportError) -> EnrolledVendor {
        try await calling {
            let response = try await vendorsClient.enroll(Sallyport_V1_EnrollRequest(enrolment), options: callOptions)
            return EnrolledVendor(
                vendor: try Vendor(response.vendor), certificate: response.certificate, authority: response.authority)
        }
    }

    /// Issues a further certificate. - Parameters:
    ///   - request: PEM.
    ///   - validity: seconds; `nil` is the default.
    public func renewVendor(
        named name: String, request: String, validity: UInt64? = nil
    ) async throws(SallyportError) -> EnrolledVendor {
        try await calling {
            let message = Sallyport_V1_RenewRequest.with {
                $0.name = name
                $0.request = request
                $0.validity = validity ?? 0
            }
            let response = try await vendorsClient.renew(message, options: callOptions)
            return EnrolledVendor(
                vendor: try Vendor(response.vendor), certificate: response.certificate, authority: "")
        }
    }

    /// All registered vendors, by name.
    public func vendors() async throws(SallyportError) -> [Vendor] {
        try await calling {
            try await vendorsClient.list(.init(), options: callOptions).vendors
                .map { message throws(ValueError) in try Vendor(message) }
        }
    }

    /// One vendor. - Throws: `refused` with the reason `vendor-unknown`.
    public func vendor(named name: String) async throws(SallyportError) -> Vendor {
        try await calling {
            try Vendor(try await vendorsClient.get(.with { $0.name = name }, options: callOptions).vendor)
        }
    }

    /// Keeps a vendor out until it is resumed: its agents are disconnected and its rules withdrawn.
    public func suspendVendor(named name: String) async throws(SallyportError) -> Vendor {
        try await calling {
            try Vendor(try await vendorsClient.suspend(.with { $0.name = name }, options: callOptions).vendor)
        }
    }

    /// Lets a suspended vendor in again.
    public func resumeVendor(named name: String) async throws(SallyportError) -> Vendor {
        try await calling {
            try Vendor(try await vendorsClient.resume(.with { $0.name = name }, options: callOptions).vendor)
        }
    }

    /// Revokes every certificate of a vendor for good.
    public func revokeVendor(named name: String) async throws(SallyportError) -> Vendor {
        try await calling {
            try Vendor(try await vendorsClient.revoke(.with { $0.name = name }, options: callOptions).vendor)
        }
    }

    private var vendorsClient: Sallyport_V1_Vendors.Client<Transport> {
        Sallyport_V1_Vendors.Client(wrapping: client)
    }
}
