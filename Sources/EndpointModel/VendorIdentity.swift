// SPDX-License-Identifier: Apache-2.0

/// A vendor that has proved who it is, and what it may do.
public struct VendorIdentity: Hashable, Sendable {
    public var name: String
    public var entitlements: Entitlements
    /// Made for development by `sallyport run`; shown wherever the vendor is.
    public var isDevelopment: Bool

    public init(name: String, entitlements: Entitlements, isDevelopment: Bool = false) {
        self.name = name
        self.entitlements = entitlements
        self.isDevelopment = isDevelopment
    }
}

/// Who a client is to the platform.
public enum CallerIdentity: Hashable, Sendable {
    /// The machine's operator: root, by the operator's socket.
    case site
    /// An agent of a registered vendor, by its certificate.
    case vendor(VendorIdentity)

    /// What the caller may do.
    public var entitlements: Entitlements {
        switch self {
        case .site: .all
        case .vendor(let vendor): vendor.entitlements
        }
    }

    /// The vendor's name, or `site`.
    public var name: String {
        switch self {
        case .site: "site"
        case .vendor(let vendor): vendor.name
        }
    }
}

/// What the platform says of itself to whoever connects.
public struct Greeting: Hashable, Sendable {
    public var version: String
    /// Which boot of the machine this is: identities of processes hold within one.
    public var boot: String
    public var caller: CallerIdentity
    public var coverage: Coverage
    /// The limits that concern the caller.
    public var limits: [NamedLimit]
    public var isSealed: Bool
    /// The services of the API that are available to the caller, such as `Events`, sorted; none from an older platform.
    public var services: [String]

    public init(
        version: String, boot: String, caller: CallerIdentity, coverage: Coverage, limits: [NamedLimit],
        isSealed: Bool, services: [String] = []
    ) {
        self.version = version
        self.boot = boot
        self.caller = caller
        self.coverage = coverage
        self.limits = limits
        self.isSealed = isSealed
        self.services = services
    }
}

/// A bound of the API: whoever hits it is told this name.
public struct NamedLimit: Hashable, Sendable {
    public var name: String
    public var value: UInt64
    /// Such as `bytes`.
    public var unit: String

    public init(_ name: String, _ value: Int, _ unit: String) {
        self.name = name
        self.value = UInt64(max(0, value))
        self.unit = unit
    }
}
