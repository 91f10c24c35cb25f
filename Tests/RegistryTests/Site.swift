// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem
import Registry
import VendorCertificates

/// A registry in a directory of its own, with an authority, and agents that come with certificates.
final class Site {
    /// 2026-01-01.
    static let start: Int64 = 1_767_225_600
    static let day: Int64 = 86400
    static let granted = Entitlements(notify: [.processExec, .fileOpen], ask: [.processExec], protectSelf: true)

    let path: String
    private(set) var registry: Registry
    let key = SigningKey(.p256)

    init(hasAuthority: Bool = true) throws {
        var template = Array("/tmp/sallyport-registry-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno("mkdtemp") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        registry = try Registry(directory: path + "/state")
        if hasAuthority { try registry.initAuthority(name: "Site Authority", now: Self.start) }
    }

    deinit {
        for directory in ["/state/authority", "/state/vendors", "/state", ""] {
            for name in (try? FileSystem.list(path + directory)) ?? [] { unlink(path + directory + "/" + name) }
            rmdir(path + directory)
        }
    }

    /// As after a restart of the platform.
    func restart() throws { registry = try Registry(directory: path + "/state") }

    @discardableResult
    func enrol(
        _ name: String = "acme", key: SigningKey? = nil, entitlements: Entitlements = Site.granted,
        ceiling: Entitlements? = nil, executables: [Digest] = [], isStrict: Bool = true, now: Int64 = Site.start
    ) throws -> SignedCertificate {
        let issued = try registry.enrol(
            name: name, request: SigningRequest(name: name, key: key ?? self.key), entitlements: entitlements,
            ceiling: ceiling, executables: executables, isStrict: isStrict, lifetime: 30 * Self.day, now: now)
        return try issued ?? { throw RegistryError(.authorityHasNoKey, "nothing was issued") }()
    }

    func admit(
        _ certificate: SignedCertificate, running digest: Digest? = nil, now: Int64 = Site.start + Site.day
    ) async -> Result<AdmittedVendor, Refusal> {
        await registry.admit(chain: [certificate.der], executableDigest: { digest }, now: now)
    }

    /// The authority itself, key and all, as somebody who issues past the registry has it.
    func authority() throws -> CertificateAuthority {
        try CertificateAuthority(
            certificate: SignedCertificate(pem: FileSystem.readText(path + "/state/authority/certificate.pem")),
            key: SigningKey(pem: FileSystem.readText(path + "/state/authority/key.pem")))
    }

    /// A certificate that the registry knows nothing of.
    func issue(
        _ name: String = "acme", key: SigningKey? = nil, entitlements: Entitlements = Site.granted,
        executables: [Digest] = []
    ) throws -> SignedCertificate {
        try authority().issueVendor(
            name: name, request: SigningRequest(name: name, key: key ?? self.key), entitlements: entitlements,
            executables: executables, validity: Validity(now: Self.start, lifetime: 30 * Self.day))
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try FileSystem.writeDurably(bytes, to: path + "/state/" + file)
    }

    static func digest(_ byte: UInt8) -> Digest { Digest(bytes: Array(repeating: byte, count: 32))! }
}

extension Result where Failure == Refusal {
    var refusal: Refusal.Code? {
        if case .failure(let refusal) = self { refusal.code } else { nil }
    }
}
