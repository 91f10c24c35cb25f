// SPDX-License-Identifier: Apache-2.0

/// A registered vendor, as lists show it.
public struct Vendor: Hashable, Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// Let in.
        case active
        /// Kept out until it is resumed.
        case suspended
        /// Kept out for good.
        case revoked
    }

    public var name: String
    public var state: State
    /// What the site lets it do at most.
    public var ceiling: Entitlements
    /// The executables that may use its certificate; empty is any.
    public var executables: [Digest]
    /// Nanoseconds since 1970-01-01 UTC.
    public var enrolledAt: UInt64
    /// When its last certificate ends, nanoseconds since 1970-01-01 UTC; 0 when none was issued here.
    public var notAfter: UInt64
    /// How many of its clients are connected.
    public var clients: Int
    public var isDevelopment: Bool
    /// What its agents may have at a time, and have.
    public var quotas: [VendorQuota]

    public init(
        name: String, state: State, ceiling: Entitlements, executables: [Digest] = [], enrolledAt: UInt64,
        notAfter: UInt64 = 0, clients: Int = 0, isDevelopment: Bool = false, quotas: [VendorQuota] = []
    ) {
        self.name = name
        self.state = state
        self.ceiling = ceiling
        self.executables = executables
        self.enrolledAt = enrolledAt
        self.notAfter = notAfter
        self.clients = clients
        self.isDevelopment = isDevelopment
        self.quotas = quotas
    }
}

/// The authority that vendors' certificates are issued by.
public struct VendorAuthority: Hashable, Sendable {
    /// PEM.
    public var certificate: String
    /// Whether its key is here, so that certificates can be issued.
    public var issues: Bool
    /// Nanoseconds since 1970-01-01 UTC.
    public var notAfter: UInt64
    /// Why the revocation list isn't used; empty when it is, or when there is none.
    public var revocationProblem: String
    /// Connections refused since the platform started, by reason.
    public var refusals: [String: UInt64]

    public init(
        certificate: String, issues: Bool, notAfter: UInt64, revocationProblem: String = "",
        refusals: [String: UInt64] = [:]
    ) {
        self.certificate = certificate
        self.issues = issues
        self.notAfter = notAfter
        self.revocationProblem = revocationProblem
        self.refusals = refusals
    }
}

/// A vendor to register.
public struct VendorEnrolment: Hashable, Sendable {
    public var name: String
    public var entitlements: Entitlements
    /// A certificate signing request, PEM; `nil` with ``certificate``, or when the certificate is issued elsewhere later.
    public var request: String?
    /// A certificate issued elsewhere, PEM.
    public var certificate: String?
    public var executables: [Digest]
    /// Seconds; `nil` is the default.
    public var validity: UInt64?
    public var isDevelopment: Bool

    public init(
        name: String, entitlements: Entitlements, request: String? = nil, certificate: String? = nil,
        executables: [Digest] = [], validity: UInt64? = nil, isDevelopment: Bool = false
    ) {
        self.name = name
        self.entitlements = entitlements
        self.request = request
        self.certificate = certificate
        self.executables = executables
        self.validity = validity
        self.isDevelopment = isDevelopment
    }
}

/// A vendor that was registered or renewed.
public struct EnrolledVendor: Hashable, Sendable {
    public var vendor: Vendor
    /// PEM; empty when it is to be issued elsewhere.
    public var certificate: String
    /// The authority's certificate, PEM, by which the vendor knows the platform.
    public var authority: String

    public init(vendor: Vendor, certificate: String, authority: String) {
        self.vendor = vendor
        self.certificate = certificate
        self.authority = authority
    }
}
