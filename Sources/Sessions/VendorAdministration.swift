// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// The registry of vendors, as the site administers it.
public protocol VendorAdministration: Sendable {
    func authority() async throws(PlatformError) -> VendorAuthority
    func initAuthority(name: String) async throws(PlatformError) -> VendorAuthority
    /// - Parameter key: PEM; `nil` when certificates are issued elsewhere.
    func importAuthority(certificate: String, key: String?) async throws(PlatformError) -> VendorAuthority

    func enrol(_ enrolment: VendorEnrolment) async throws(PlatformError) -> EnrolledVendor
    /// - Parameters:
    ///   - request: PEM.
    ///   - validity: seconds; `nil` is the default.
    func renew(_ name: String, request: String, validity: UInt64?) async throws(PlatformError) -> EnrolledVendor
    func vendors() async -> [Vendor]
    func vendor(named name: String) async throws(PlatformError) -> Vendor
    func suspend(_ name: String) async throws(PlatformError) -> Vendor
    func resume(_ name: String) async throws(PlatformError) -> Vendor
    func revoke(_ name: String) async throws(PlatformError) -> Vendor
}
