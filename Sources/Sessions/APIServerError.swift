// SPDX-License-Identifier: Apache-2.0

/// Why the API can't be served. The message says what to do.
public struct APIServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong; extensible, so switch with a default.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The socket's path is longer than can be addressed, or empty.
        public static let pathTooLong = Code(rawValue: "path-too-long")
        /// The socket's directory isn't safe, or can't be made.
        public static let directory = Code(rawValue: "directory")
        /// Another server listens on the path.
        public static let alreadyRunning = Code(rawValue: "already-running")
        /// Something that isn't a socket lies at the path.
        public static let notASocket = Code(rawValue: "not-a-socket")
        /// A system call failed.
        public static let system = Code(rawValue: "system")
        /// The certificate or key that agents are served with can't be used.
        public static let credentials = Code(rawValue: "credentials")
        /// `run` was called twice.
        public static let ranAlready = Code(rawValue: "ran-already")
    }

    public var code: Code
    public var message: String

    public var description: String { message }
}
