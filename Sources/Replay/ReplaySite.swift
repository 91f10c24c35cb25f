// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem
import Sessions
import VendorCertificates

/// A throw-away authority, and the credentials of the one vendor that may connect.
struct ReplaySite: VendorAdmission {
    static let vendor = "dev.replay"
    private static let lifetime: Int64 = 86400

    let server: ServerCredentials
    /// PEM: certificate, key, and the authority's certificate.
    let certificate: String
    let key: String
    private let authority: CertificateAuthority

    init() throws {
        let now = Int64(Clock.wall() / 1_000_000_000)
        let validity = Validity(now: now, lifetime: Self.lifetime)
        authority = try CertificateAuthority.create(name: "Sallyport replay", now: now)
        let serverKey = SigningKey(.p256)
        let serverCertificate = try authority.issueServer(key: serverKey, validity: validity)
        server = ServerCredentials(
            certificateChain: serverCertificate.pem, privateKey: serverKey.pem, authority: authority.certificate.pem)
        let vendorKey = SigningKey(.p256)
        let request = try SigningRequest(name: Self.vendor, key: vendorKey, entitlements: .all)
        certificate = try authority.issueVendor(
            name: Self.vendor, request: request, entitlements: .all, executables: [], validity: validity
        ).pem
        key = vendorKey.pem
    }

    func admit(_ chain: [[UInt8]], peer: Peer) async throws(PlatformError) -> AdmittedPeer {
        let now = Int64(Clock.wall() / 1_000_000_000)
        switch await CertificateChain.verify(chain, authority: authority.certificate, now: now) {
        case .success(let chain):
            let vendor = VendorIdentity(
                name: chain.name, entitlements: chain.leaf.entitlements, isDevelopment: true)
            return AdmittedPeer(vendor: vendor) { nil }
        case .failure(let refusal):
            throw PlatformError(PlatformError.Code(rawValue: refusal.code.rawValue), refusal.message)
        }
    }
}
