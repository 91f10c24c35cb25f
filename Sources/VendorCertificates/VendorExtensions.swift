// SPDX-License-Identifier: Apache-2.0

internal import EndpointModel
internal import X509

/// Both extensions of ours, as certificates and requests have them.
struct VendorExtensions: Hashable, Sendable {
    var entitlements = Entitlements.none
    var unknownEntitlements: [String] = []
    var executables: [Digest] = []

    init(entitlements: Entitlements, executables: [Digest]) {
        self.entitlements = entitlements
        self.executables = executables
    }

    init(_ extensions: Certificate.Extensions) throws(VendorCertificateError) {
        if let found = extensions[oid: ExtensionIdentifiers.entitlements] {
            let read = try EntitlementsExtension(value: found.value)
            entitlements = read.entitlements
            unknownEntitlements = read.unknown
        }
        if let found = extensions[oid: ExtensionIdentifiers.executables] {
            executables = try ExecutablesExtension(value: found.value).digests
        }
    }

    func append(to extensions: inout Certificate.Extensions) throws {
        try extensions.append(EntitlementsExtension(entitlements).makeExtension())
        if !executables.isEmpty { try extensions.append(ExecutablesExtension(executables).makeExtension()) }
    }
}
