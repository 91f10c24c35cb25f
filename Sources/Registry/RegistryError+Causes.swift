// SPDX-License-Identifier: Apache-2.0

internal import LinuxSystem
internal import VendorCertificates

extension RegistryError {
    init(_ error: Errno) {
        self.init(.fileInaccessible, "\(error): make sure that the disk has room and the directory is the platform's")
    }

    init(corrupt path: String, _ what: String) {
        self.init(
            .fileCorrupt, "\(path): \(what): restore the file from a backup, or move it away and do its work again")
    }

    /// What was handed in can't be used.
    init(_ code: Code, _ error: VendorCertificateError) { self.init(code, error.message) }

    static func unknown(_ name: String) -> RegistryError {
        RegistryError(
            .vendorUnknown,
            VendorName.isValid(name)
                ? "no vendor is called '\(name)': 'sallyport vendor list' shows those there are"
                : "no vendor can have that name: write \(VendorName.grammar)")
    }

    static let noAuthority = RegistryError(
        .authorityMissing, "the site has no authority: make or import one with 'sallyport vendor authority'")

    static func beyondCeiling(_ words: [String]) -> RegistryError {
        RegistryError(
            .entitlementBeyondCeiling,
            "the vendor's ceiling doesn't have \(words.joined(separator: ", ")): leave them out, or raise the ceiling")
    }
}
