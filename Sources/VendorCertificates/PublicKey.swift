// SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import EndpointModel
internal import SwiftASN1
internal import X509

extension Certificate.PublicKey {
    /// The kind of key, if it is one of those accepted.
    var algorithm: KeyAlgorithm? {
        if P256.Signing.PublicKey(self) != nil { return .p256 }
        return Curve25519.Signing.PublicKey(self) == nil ? nil : .ed25519
    }

    /// SHA-256 of SubjectPublicKeyInfo: what a key is known by, whatever certificate it is in.
    var fingerprint: EndpointModel.Digest {
        var serializer = DER.Serializer()
        // Neither can fail: the key was read or made, and SHA-256 has 32 bytes.
        try! serializer.serialize(self)
        return EndpointModel.Digest(bytes: Array(SHA256.hash(data: serializer.serializedBytes)))!
    }
}
