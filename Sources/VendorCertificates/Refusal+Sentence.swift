// SPDX-License-Identifier: Apache-2.0

extension Refusal.Code {
    /// What is wrong and what to do.
    public var sentence: String {
        switch self {
        case .certificateMissing:
            "the client presented no certificate: connect with the one that 'sallyport vendor enroll' wrote"
        case .certificateMalformed:
            "the certificate can't be read: have the vendor's certificate issued again"
        case .certificateUntrusted:
            "the certificate isn't signed by this site's authority for a vendor's agent: enrol the vendor here"
        case .certificateNotYetValid:
            "the certificate isn't valid yet: set the machine's clock, or wait until it is"
        case .certificateExpired:
            "the certificate has expired: renew it with 'sallyport vendor renew'"
        case .certificateRevoked:
            "the certificate is revoked: have another one issued, and find out why this one was revoked"
        case .certificateUnregistered:
            "the certificate's key isn't registered for this vendor: register it with 'sallyport vendor renew'"
        case .revocationUnknown:
            "the list of revoked certificates can't be read: restore the file, or remove it if nothing is revoked"
        case .entitlementBeyondCeiling:
            "the certificate carries entitlements that the site doesn't grant: have one issued with fewer, or raise the"
                + " ceiling"
        case .executableNotListed:
            "the program isn't one that the vendor is registered with: register its digest, or start the right one"
        case .executableUnknown:
            "the program's digest can't be taken: start the agent from a file that the platform can read"
        case .vendorUnknown:
            "no vendor of the certificate's name is registered: enrol it with 'sallyport vendor enroll'"
        case .vendorSuspended:
            "the vendor is suspended: 'sallyport vendor resume' admits it again"
        case .vendorRevoked:
            "the vendor is revoked: it has to be enrolled again"
        case .authorityMissing:
            "the site has no authority: make or import one with 'sallyport vendor authority'"
        }
    }
}
