// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Logging
import Registry
import Sessions
import Synchronization
import VendorCertificates

/// The registry of vendors as the API administers it, in the API's values.
final class VendorOffice: Sendable {
    /// Vendors whose name begins so are for development only (`sallyport run`); no other may be called so.
    static let developmentPrefix = "dev."
    /// How long a certificate is valid when nobody says.
    static let defaultValidity: Int64 = 90 * 86400

    let registry: Registry
    let logger: Logger
    /// How many connections a vendor has; set when there is a server.
    private let connections = Mutex<@Sendable (String) -> Int>({ _ in 0 })
    /// What a vendor has of its quotas; likewise.
    private let quotas = Mutex<@Sendable (String) -> [VendorQuota]>({ _ in [] })
    /// Whether the platform is sealed.
    private let sealed = Mutex<@Sendable () -> Bool>({ false })
    /// Called after every change of who may use the API, before the change is answered.
    private let changed = Mutex<@Sendable () async -> Void>({})

    init(registry: Registry, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    func count(connections: @escaping @Sendable (String) -> Int) { self.connections.withLock { $0 = connections } }
    func account(quotas: @escaping @Sendable (String) -> [VendorQuota]) { self.quotas.withLock { $0 = quotas } }
    func seal(_ isSealed: @escaping @Sendable () -> Bool) { sealed.withLock { $0 = isSealed } }
    func onChange(_ body: @escaping @Sendable () async -> Void) { changed.withLock { $0 = body } }

    /// Looks every second whether the revocation list has changed or a certificate has ended.
    func watch() async throws {
        var version = registry.refresh()
        while true {
            try await Task.sleep(for: .seconds(1))
            let now = registry.refresh()
            if now != version { logger.notice("who may use the API has changed") }
            version = now
            await changed.withLock { $0 }()
        }
    }

    /// Digests of the programs that are registered for a vendor.
    func executables(of vendor: String) -> [Digest] { registry.list().first { $0.name == vendor }?.executables ?? [] }

    /// The names of the vendors whose rules are in force.
    var activeVendors: Set<String> { Set(registry.list().filter { $0.state == .active }.map(\.name)) }

    static func now() -> Int64 { Int64(Clock.wall() / 1_000_000_000) }

    /// What clients know the platform by. Makes this machine's own authority when there is none yet.
    func serverCredentials() throws(RegistryError) -> ServerCredentials {
        if registry.authority == nil {
            try registry.initAuthority(name: Self.machineName, now: Self.now())
            logger.notice("this machine has an authority of its own now, by which vendors' certificates are issued")
        }
        let identity = try registry.serverIdentity(now: Self.now())
        return ServerCredentials(
            certificateChain: identity.certificate.pem, privateKey: identity.key.pem,
            authority: identity.authority.pem)
    }

    private static var machineName: String { "Sallyport on \(ProcFS.hostName())" }

    /// Does something to the registry, and tells who has to know.
    private func change<Value>(
        _ what: Logger.Message, _ vendor: String, _ body: () async throws(RegistryError) -> Value
    ) async throws(PlatformError) -> Value {
        let value: Value
        do throws(RegistryError) {
            value = try await body()
        } catch {
            throw PlatformError(error)
        }
        logger.notice(what, metadata: ["vendor": "\(vendor)"])
        await changed.withLock { $0 }()
        return value
    }

    private func vendor(_ record: VendorRecord) -> Vendor {
        let state: Vendor.State =
            switch record.state {
            case .active: .active
            case .suspended: .suspended
            case .revoked: .revoked
            }
        let last = record.certificates.filter { record.revoked[$0.serial] == nil }.map(\.notAfter).max() ?? 0
        return Vendor(
            name: record.name, state: state, ceiling: record.ceiling, executables: record.executables,
            enrolledAt: UInt64(max(0, record.enrolledAt)) * 1_000_000_000,
            notAfter: UInt64(max(0, last)) * 1_000_000_000,
            clients: connections.withLock { $0 }(record.name),
            isDevelopment: record.name.hasPrefix(Self.developmentPrefix),
            quotas: quotas.withLock { $0 }(record.name))
    }
}

extension VendorOffice: VendorAdministration {
    func authority() async throws(PlatformError) -> VendorAuthority {
        let status = registry.status()
        guard let certificate = registry.authority, case .present(_, let notAfter, let hasKey) = status.authority else {
            throw PlatformError(
                .authorityMissing,
                "there is no authority yet: `sallyport vendor authority init` makes one, `import` takes the site's")
        }
        return VendorAuthority(
            certificate: certificate.pem, issues: hasKey, notAfter: UInt64(max(0, notAfter)) * 1_000_000_000,
            revocationProblem: status.revocationListProblem ?? "",
            refusals: Dictionary(uniqueKeysWithValues: status.refused.map { ($0.key.rawValue, $0.value) }))
    }

    func initAuthority(name: String) async throws(PlatformError) -> VendorAuthority {
        try refuseSealed()
        _ = try await change("authority made", name) { () throws(RegistryError) in
            try registry.initAuthority(name: name.isEmpty ? Self.machineName : name, now: Self.now())
        }
        return try await authority()
    }

    func importAuthority(certificate: String, key: String?) async throws(PlatformError) -> VendorAuthority {
        try refuseSealed()
        let signed: SignedCertificate
        var signing: SigningKey?
        do throws(VendorCertificateError) {
            signed = try SignedCertificate(pem: certificate)
            if let key { signing = try SigningKey(pem: key) }
        } catch {
            throw PlatformError(.certificateUnsuitable, error.message)
        }
        let taken = signing
        try await change("authority imported", signed.commonName ?? "") { () throws(RegistryError) in
            try registry.importAuthority(certificate: signed, key: taken)
        }
        return try await authority()
    }

    func enrol(_ enrolment: VendorEnrolment) async throws(PlatformError) -> EnrolledVendor {
        guard enrolment.isDevelopment == enrolment.name.hasPrefix(Self.developmentPrefix) else {
            throw PlatformError(
                .vendorNameInvalid,
                "names that begin with '\(Self.developmentPrefix)' are those of vendors for development, which `sallyport"
                    + " run` registers; choose another name")
        }
        let name = enrolment.name
        var issued: SignedCertificate?
        if let pem = enrolment.certificate {
            let certificate = try Self.reading { () throws(VendorCertificateError) in try SignedCertificate(pem: pem) }
            _ = try await change("vendor registered", name) { () async throws(RegistryError) in
                try await registry.register(name: name, certificate: certificate, now: Self.now())
            }
            issued = certificate
        } else {
            let request = try Self.reading { () throws(VendorCertificateError) in
                try SigningRequest(pem: enrolment.request ?? "")
            }
            issued = try await change("vendor enrolled", name) { () throws(RegistryError) in
                try registry.enrol(
                    name: name, request: request, entitlements: enrolment.entitlements,
                    executables: enrolment.executables,
                    lifetime: enrolment.validity.map { Int64(clamping: $0) } ?? Self.defaultValidity, now: Self.now())
            }
        }
        return EnrolledVendor(
            vendor: try await vendor(named: name), certificate: issued?.pem ?? "",
            authority: registry.authority?.pem ?? "")
    }

    func renew(_ name: String, request: String, validity: UInt64?) async throws(PlatformError) -> EnrolledVendor {
        let request = try Self.reading { () throws(VendorCertificateError) in try SigningRequest(pem: request) }
        let issued = try await change("vendor renewed", name) { () throws(RegistryError) in
            try registry.renew(
                name: name, request: request, lifetime: validity.map { Int64(clamping: $0) } ?? Self.defaultValidity,
                now: Self.now())
        }
        return EnrolledVendor(
            vendor: try await vendor(named: name), certificate: issued.pem, authority: registry.authority?.pem ?? "")
    }

    func vendors() async -> [Vendor] { registry.list().map(vendor) }

    func vendor(named name: String) async throws(PlatformError) -> Vendor {
        do throws(RegistryError) {
            return vendor(try registry.show(name))
        } catch {
            throw PlatformError(error)
        }
    }

    /// Under the seal no agent is put out of action by the operator. The authority's list of revoked certificates counts on.
    private func refuseSealed() throws(PlatformError) {
        guard sealed.withLock({ $0() }) else { return }
        throw PlatformError(
            .sealed,
            "the platform is sealed: a vendor can't be suspended or revoked, nor the authority replaced, before the machine is"
                + " started again without the seal. A certificate that was stolen is revoked by the authority's list")
    }

    func suspend(_ name: String) async throws(PlatformError) -> Vendor {
        try refuseSealed()
        try await change("vendor suspended", name) { () throws(RegistryError) in try registry.suspend(name) }
        return try await vendor(named: name)
    }

    func resume(_ name: String) async throws(PlatformError) -> Vendor {
        try await change("vendor resumed", name) { () throws(RegistryError) in try registry.resume(name) }
        return try await vendor(named: name)
    }

    func revoke(_ name: String) async throws(PlatformError) -> Vendor {
        try refuseSealed()
        try await change("vendor revoked", name) { () throws(RegistryError) in
            try registry.revoke(name, now: Self.now())
        }
        return try await vendor(named: name)
    }

    private static func reading<Value>(
        _ body: () throws(VendorCertificateError) -> Value
    ) throws(PlatformError) -> Value {
        do throws(VendorCertificateError) {
            return try body()
        } catch {
            throw PlatformError(.certificateUnsuitable, error.message)
        }
    }
}

extension PlatformError {
    init(_ error: RegistryError) {
        self.init(Code(rawValue: error.code.rawValue), error.message)
    }
}

extension PlatformError.Code {
    static let authorityMissing = Self(rawValue: RegistryError.Code.authorityMissing.rawValue)
    static let certificateUnsuitable = Self(rawValue: RegistryError.Code.certificateUnsuitable.rawValue)
    static let vendorNameInvalid = Self(rawValue: RegistryError.Code.vendorNameInvalid.rawValue)
}
