// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sallyport

/// The directory that a vendor's key and certificate are written to. No file is ever written over.
struct CredentialsFolder {
    let path: String

    /// Makes the directory (0700) where there is none, and refuses one that holds a key already.
    init(_ path: String) throws(CommandFailure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.failure("make the directory \(path)") }
        self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
        guard access(self.path + "/key.pem", F_OK) != 0 else {
            throw CommandFailure(
                .usage, "\(self.path)/key.pem exists; a key is never written over: choose another --out, or remove it")
        }
    }

    /// Writes what an agent needs; says which files.
    func write(_ new: NewCredentials, _ enrolled: EnrolledVendor) throws(CommandFailure) -> [String] {
        var files = [("key.pem", new.key, mode_t(0o600)), ("authority.pem", enrolled.authority, 0o644)]
        if enrolled.certificate.isEmpty {
            files.append(("request.pem", new.request, 0o644))
        } else {
            files.append(("certificate.pem", enrolled.certificate, 0o644))
        }
        for (name, text, mode) in files { try NewFile.write(text, to: "\(path)/\(name)", mode: mode) }
        return files.map { "\(path)/\($0.0)" }
    }

    /// Replaces the certificate and its key by renewed ones; the former are there until both are.
    func replace(_ new: NewCredentials, certificate: String) throws(CommandFailure) {
        for (name, text, mode) in [("key.pem", new.key, mode_t(0o600)), ("certificate.pem", certificate, 0o644)] {
            try NewFile.write(text, to: "\(path)/\(name).new", mode: mode)
        }
        for name in ["key.pem", "certificate.pem"] {
            guard rename("\(path)/\(name).new", "\(path)/\(name)") == 0 else {
                throw Self.failure("rename \(path)/\(name).new")
            }
        }
    }

    /// An existing directory with credentials.
    static func existing(_ path: String) throws(CommandFailure) -> CredentialsFolder {
        guard access(path + "/key.pem", F_OK) == 0 else {
            throw CommandFailure(
                .usage, "there is no key.pem in \(path): name the directory that `vendor enroll` wrote")
        }
        return CredentialsFolder(known: path)
    }

    private init(known path: String) {
        self.path = path
    }

    private static func failure(_ what: String) -> CommandFailure {
        CommandFailure(.usage, "can't \(what): \(String(cString: strerror(errno)))")
    }
}
