// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_SignedPolicyBundle {
    package init(_ bundle: SignedPolicyBundle) {
        self.init()
        contents = Data(bundle.contents)
        signature = Data(bundle.signature)
    }
}

extension SignedPolicyBundle {
    package init(_ message: Sallyport_V1_SignedPolicyBundle) {
        self.init(contents: Array(message.contents), signature: Array(message.signature))
    }
}

extension SignedPolicyBundle {
    /// The message's bytes: what a file holds.
    package var fileContents: [UInt8] {
        get throws { try Sallyport_V1_SignedPolicyBundle(self).serializedBytes() }
    }

    package init(fileContents: [UInt8]) throws {
        self.init(try Sallyport_V1_SignedPolicyBundle(serializedBytes: fileContents))
    }
}

extension PolicyBundle {
    /// The message's bytes: what is signed.
    package var contents: [UInt8] {
        get throws {
            try Sallyport_V1_PolicyBundle.with {
                $0.version = version
                $0.policies = policies.map(Sallyport_V1_Policy.init)
            }.serializedBytes()
        }
    }

    /// - Throws: where the bytes aren't that message, or what they hold isn't a policy.
    package init(contents: [UInt8]) throws {
        let message = try Sallyport_V1_PolicyBundle(serializedBytes: contents)
        self.init(version: message.version, policies: try message.policies.map { try Policy($0) })
    }
}
