// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

extension DistinguishedName {
    /// Bytes of a common name (RFC 5280, ub-common-name).
    static let maximumCommonName = 64

    /// The common name, if there is exactly one: of several none is the name.
    var commonName: String? {
        let names = flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
        return names.count == 1 ? String(names[0].value) : nil
    }

    init(commonName: String) throws(VendorCertificateError) {
        guard (1...Self.maximumCommonName).contains(commonName.utf8.count),
            commonName.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else {
            throw VendorCertificateError(
                .invalidContents, "write a name of 1 to \(Self.maximumCommonName) bytes without control characters")
        }
        self.init([
            RelativeDistinguishedName(.init(type: .RDNAttributeType.commonName, utf8String: commonName))
        ])
    }
}
