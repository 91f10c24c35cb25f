// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyBundles
import VendorCertificates

/// A file with a signed bundle of policies.
enum PolicyBundleFile {
    static func read(_ path: String) throws -> SignedPolicyBundle {
        let bytes = try FileContents.read(path, limit: SignedPolicyBundle.maximumFileSize)
        do {
            return try SignedPolicyBundle(pem: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CommandFailure(.usage, "\(path): \(error.message)")
        }
    }
}
