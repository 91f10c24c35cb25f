// SPDX-License-Identifier: Apache-2.0

import SwiftASN1

/// The identifiers of Sallyport's own certificate extensions.
///
/// They lie below an arc made of a random UUID, 3332ab81-7d40-4c8a-8327-7a81e7ae4d98, so that no registration is needed.
/// ITU-T X.667 would put such a UUID below 2.25 as one number, but that has 128 bits and SwiftASN1 refuses every
/// certificate with an identifier of which a part has more than 63. Microsoft's rule for identifiers from a UUID (OID
/// Generator, below 1.2.840.113556.1.8000.2554) divides it into seven parts that fit, of 16 and 24 bits.
enum ExtensionIdentifiers {
    private static let arc: [UInt] = [
        1, 2, 840, 113556, 1, 8000, 2554, 0x3332, 0xab81, 0x7d40, 0x4c8a, 0x8327, 0x7a81e7, 0xae4d98,
    ]

    static let entitlements = identifier(1)
    static let executables = identifier(2)

    private static func identifier(_ number: UInt) -> ASN1ObjectIdentifier {
        // It can't fail: there are more than two parts.
        try! ASN1ObjectIdentifier(elements: arc + [number])
    }
}
