// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import VendorCertificates

/// Certificates, chains of them, signing requests, revocation lists and signed kernel modules. The first byte chooses which.
struct CertificateTarget: FuzzTarget {
    let name = "certificates"

    private static let now: Int64 = 1_800_000_000
    private static let authority = try! CertificateAuthority.create(name: "Fuzz", now: now)

    private static let signers = try! ModuleSigner.all(in: authority.certificate.der)

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
            [6] + Self.module,
        ]
    }

    func decode(_ bytes: [UInt8]) async {
        guard let first = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        let text = String(decoding: rest, as: UTF8.self)
        switch first % 7 {
        case 0: _ = try? SignedCertificate(der: rest)
        case 1: _ = try? SignedCertificate(pem: text)
        case 2: _ = try? SigningRequest(der: rest)
        case 3: _ = try? SigningRequest(pem: text)
        case 4: _ = try? RevocationList(rest, authority: Self.authority.certificate)
        case 6: _ = ModuleSignature.verdict(on: rest, signers: Self.signers)
        default:
            guard rest.count > 2 else { return }
            let length = min(Int(rest[0]) | Int(rest[1]) << 8, rest.count - 2)
            let chain = [Array(rest[2..<2 + length]), Array(rest[(2 + length)...])]
            _ = await CertificateChain.verify(chain, authority: Self.authority.certificate, now: Self.now)
        }
    }

    /// The end of a module that somebody signed: the message (ECDSA, detached), what describes it, and the mark.
    private static let module: [UInt8] =
        [0x7f, 0x45, 0x4c, 0x46] + message + [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(message.count)]
        + Array("~Module signature appended~\n".utf8)

    /// By `openssl cms -sign -binary -noattr -nocerts`, of those four bytes, by a key that is gone.
    private static let message: [UInt8] = [
        0x30, 0x81, 0xc4, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x81, 0xb6, 0x30,
        0x81, 0xb3, 0x02, 0x01, 0x01, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
        0x02, 0x01, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0x31, 0x81, 0x91,
        0x30, 0x81, 0x8e, 0x02, 0x01, 0x01, 0x30, 0x27, 0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04,
        0x03, 0x0c, 0x04, 0x46, 0x75, 0x7a, 0x7a, 0x02, 0x14, 0x3c, 0xde, 0xb8, 0xfc, 0x5a, 0x0b, 0x11, 0x02, 0x8d,
        0xe5, 0x27, 0x85, 0x9a, 0x9a, 0x26, 0xf8, 0x2c, 0xdf, 0xc6, 0xd0, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
        0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
        0x04, 0x47, 0x30, 0x45, 0x02, 0x21, 0x00, 0xd1, 0xc8, 0x77, 0x92, 0x73, 0x36, 0x5d, 0x76, 0xb3, 0xbf, 0x34,
        0x0a, 0x82, 0x8c, 0x91, 0xc1, 0x18, 0x00, 0x14, 0x6e, 0x8f, 0x9a, 0xd0, 0x22, 0x39, 0x1d, 0xe9, 0x3d, 0xf0,
        0xf4, 0xc9, 0xf2, 0x02, 0x20, 0x1c, 0x40, 0xd3, 0x5d, 0xd5, 0xf3, 0x6a, 0x1a, 0xcf, 0xf2, 0x49, 0x41, 0x78,
        0xc4, 0xba, 0xd1, 0xd9, 0xbe, 0xe5, 0x01, 0x35, 0x5f, 0xa3, 0x94, 0xd2, 0x12, 0x52, 0x9d, 0x4c, 0x16, 0x4a,
        0xfa,
    ]
}
