// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import VendorCertificates

/// Certificates, chains of them, signing requests and revocation lists. The first byte chooses which.
struct CertificateTarget: FuzzTarget {
    let name = "certificates"

    private static let now: Int64 = 1_800_000_000
    private static let authority = try! CertificateAuthority.create(name: "Fuzz", now: now)

    func samples() throws -> [[UInt8]] {
        let key = SigningKey(.p256)
        let entitlements = Entitlements(notify: [.processExec], ask: [.processExec])
        let digest = Digest(String(repeating: "ab", count: 32))!
        let request = try SigningRequest(name: "vendor", key: key, entitlements: entitlements, executables: [digest])
        let leaf = try Self.authority.issueVendor(
            name: "vendor", request: request, entitlements: entitlements, executables: [digest],
            validity: Validity(now: Self.now, lifetime: 86400))
        let list = try RevocationList(
            revoked: ["0a": Self.now], number: 3, authority: Self.authority, now: Self.now)
        return [
            [0] + leaf.der, [1] + Array(leaf.pem.utf8), [2] + request.der, [3] + Array(request.pem.utf8),
            [4] + list.der,
            [5, UInt8(leaf.der.count & 0xff), UInt8(leaf.der.count >> 8)] + leaf.der
                + Self.authority.certificate.der,
        ]
    }

    func decode(_ bytes: [UInt8]) async {
        guard let first = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        let text = String(decoding: rest, as: UTF8.self)
        switch first % 6 {
        case 0: _ = try? SignedCertificate(der: rest)
        case 1: _ = try? SignedCertificate(pem: text)
        case 2: _ = try? SigningRequest(der: rest)
        case 3: _ = try? SigningRequest(pem: text)
        case 4: _ = try? RevocationList(rest, authority: Self.authority.certificate)
        default:
            guard rest.count > 2 else { return }
            let length = min(Int(rest[0]) | Int(rest[1]) << 8, rest.count - 2)
            let chain = [Array(rest[2..<2 + length]), Array(rest[(2 + length)...])]
            _ = await CertificateChain.verify(chain, authority: Self.authority.certificate, now: Self.now)
        }
    }
}
