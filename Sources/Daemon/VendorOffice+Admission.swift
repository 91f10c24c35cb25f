// SPDX-License-Identifier: Apache-2.0

import ContentDigests
import EndpointModel
import Logging
import Registry
import Sessions
import VendorCertificates

/// Who may come in: the registry decides, each refusal is counted there and told to the log.
extension VendorOffice: VendorAdmission {
    func admit(_ chain: [[UInt8]], peer: Peer) async throws(PlatformError) -> AdmittedPeer {
        let outcome = await registry.admit(
            chain: chain, executableDigest: { ExecutableDigest.of(peer.pid).flatMap(Digest.init(bytes:)) },
            now: Self.now())
        switch outcome {
        case .success(let admitted):
            logger.info(
                "agent connected",
                metadata: ["vendor": "\(admitted.name)", "peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            let identity = VendorIdentity(
                name: admitted.name, entitlements: admitted.entitlements,
                isDevelopment: admitted.name.hasPrefix(Self.developmentPrefix))
            return AdmittedPeer(vendor: identity) { [registry] in
                registry.stillAdmitted(admitted, now: Self.now()).map(PlatformError.init)
            }
        case .failure(let refusal):
            logger.warning(
                "agent refused",
                metadata: [
                    "reason": "\(refusal.code.rawValue)", "peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)",
                ])
            throw PlatformError(refusal)
        }
    }
}

extension PlatformError {
    init(_ refusal: Refusal) {
        self.init(Code(rawValue: refusal.code.rawValue), refusal.message)
    }
}
