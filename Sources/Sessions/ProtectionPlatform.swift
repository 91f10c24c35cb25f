// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What protects vendors' objects, behind `sallyport.v1.Protection`. Values only, as in `Platform`.
public protocol ProtectionPlatform: Sendable {
    /// Protects all of the objects or none, for the vendor whose process calls; returns them in the same order.
    func protect(_ objects: [ProtectedObject], for caller: Caller) async throws(PlatformError) -> [ProtectionEntry]
    /// Lifts all of these protections or none. - Parameter caller: a vendor lifts its own, the site any.
    func unprotect(_ ids: [UInt64], by caller: CallerIdentity) async throws(PlatformError)
    /// All that are in force, in order of their ids; the platform's own come first, with the vendor `sallyport`.
    func protections() async -> [ProtectionEntry]
    /// Seals the platform; returns sentences worth reading.
    func seal(leavingOpen allowances: Set<SealAllowance>) async throws(PlatformError) -> [String]
    /// The generation of policies that is in force, for answers that name one.
    func protectionGeneration() async -> UInt64
}
