// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import PolicyBundles
import Registry
import Sessions
import VendorCertificates

/// Who vouches for a site's policies: the authority that the operator named at the start, or the one that vendors'
/// certificates come from.
struct PolicyAuthority: Sendable {
    private let named: SignedCertificate?
    private let registry: Registry

    /// - Parameter path: of the named authority's certificate, PEM.
    /// - Throws: `StartupError` where that is no certificate.
    init(_ path: String?, registry: Registry) throws {
        self.registry = registry
        named = try path.map { path in
            do {
                return try SignedCertificate(
                    pem: String(
                        decoding: FileSystem.read(path, limit: SignedCertificate.maximumFileSize), as: UTF8.self))
            } catch {
                throw StartupError("\(path) can't be used as the policies' authority: \(error)")
            }
        }
    }

    /// Whether who is root here could sign what only the authority may.
    var hasKeyHere: Bool {
        guard case .present(_, _, true) = registry.status().authority else { return false }
        return named == nil || named?.keyFingerprint == registry.authority?.keyFingerprint
    }

    /// What a bundle holds, once it is clear that the site's authority signed it.
    func opened(_ signed: SignedPolicyBundle, isSealed: Bool) throws(PlatformError) -> PolicyBundle {
        guard let authority = named ?? registry.authority else {
            throw PlatformError(
                .bundleRefused,
                "there is no authority here that could have signed a bundle: start sallyportd with --policy-authority FILE"
            )
        }
        // A signature that root here can make says nothing against root.
        guard !isSealed || !hasKeyHere else {
            throw PlatformError(
                .sealed,
                "the platform is sealed and the authority's key is on this machine, so that its signature holds nobody off:"
                    + " bundles count under the seal with an authority whose key is elsewhere (sallyportd"
                    + " --policy-authority FILE)")
        }
        do {
            return try signed.opened(by: authority)
        } catch {
            throw PlatformError(.bundleRefused, error.message)
        }
    }
}
