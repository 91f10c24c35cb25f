// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import VendorCertificates

/// A vendor's new key, and the request for a certificate for it.
struct NewCredentials {
    /// PEM.
    let key: String
    /// PEM.
    let request: String

    init(
        name: String, algorithm: KeyAlgorithm, entitlements: Entitlements, executables: [Digest]
    ) throws(CommandFailure) {
        let signing = SigningKey(algorithm)
        do throws(VendorCertificateError) {
            request = try SigningRequest(
                name: name, key: signing, entitlements: entitlements, executables: executables
            ).pem
        } catch {
            throw CommandFailure(.usage, error.message)
        }
        key = signing.pem
    }
}
