// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// Policies as bytes to be kept: the API's message of a list of them.
///
/// A change of policy is answered when it is stored, so that counts: 4,096 rules with 16,384 patterns take a tenth of
/// what they take as JSON, and a digest takes 34 bytes.
package enum StoredPolicies {
    package static func bytes(_ policies: [InstalledPolicy]) throws -> [UInt8] {
        let message = Sallyport_V1_ListPoliciesResponse.with {
            $0.policies = policies.map(Sallyport_V1_InstalledPolicy.init)
        }
        return try message.serializedBytes()
    }

    /// - Throws: where the bytes aren't that message, or what they hold isn't a policy.
    package static func policies(in bytes: [UInt8]) throws -> [InstalledPolicy] {
        try Sallyport_V1_ListPoliciesResponse(serializedBytes: bytes).policies.map { try InstalledPolicy($0) }
    }
}
