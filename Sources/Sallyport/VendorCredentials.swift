// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What an agent proves with that it is its vendor's, and by what it knows the platform: a certificate, its key and the
/// authority's certificate, all PEM.
///
/// `sallyport vendor enroll NAME --out DIRECTORY` writes them.
public struct VendorCredentials: Sendable {
    /// The vendor's certificate, followed by those between it and the authority, if any.
    public var certificateChain: String
    /// The certificate's key. Never sent anywhere.
    public var privateKey: String
    /// The certificate of the authority that issued the platform's own.
    public var authority: String

    public init(certificateChain: String, privateKey: String, authority: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.authority = authority
    }

    /// Reads `certificate.pem`, `key.pem` and `authority.pem` in a directory.
    ///
    /// - Throws: `SallyportError` with code `misuse`, whose message names the file that can't be read.
    public init(directory: String) throws(SallyportError) {
        self.init(
            certificateChain: try Self.read(directory + "/certificate.pem"),
            privateKey: try Self.read(directory + "/key.pem"), authority: try Self.read(directory + "/authority.pem"))
    }

    /// The directory that the environment variable `SALLYPORT_CREDENTIALS` names, as `sallyport run` sets it.
    ///
    /// - Throws: `misuse` when it isn't set, or as ``init(directory:)``.
    public static func fromEnvironment() throws(SallyportError) -> VendorCredentials {
        guard let directory = getenv("SALLYPORT_CREDENTIALS") else {
            throw SallyportError(
                .misuse,
                "SALLYPORT_CREDENTIALS isn't set: name the directory that `sallyport vendor enroll --out` wrote, or start"
                    + " this agent by: sallyport run -- AGENT")
        }
        return try VendorCredentials(directory: String(cString: directory))
    }

    private static let sizeLimit = 1 << 20

    private static func read(_ path: String) throws(SallyportError) -> String {
        guard let file = fopen(path, "re") else {
            throw SallyportError(.misuse, "can't read \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: sizeLimit)
        let count = fread(&bytes, 1, bytes.count, file)
        guard count > 0, count < sizeLimit else {
            throw SallyportError(.misuse, "\(path) is empty, or longer than \(sizeLimit) bytes: it is no PEM file")
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
