// SPDX-License-Identifier: Apache-2.0

/// Why a call to the platform failed. The message says what to do next.
public struct SallyportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; later versions may add some, so switch with a default.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Nobody answers at the socket, or the platform is stopping.
        public static let unreachable = Code(rawValue: "unreachable")
        /// The socket, or the platform behind it, doesn't admit this process.
        public static let permissionDenied = Code(rawValue: "permission-denied")
        /// The platform understood and refused; `reason` says why in a stable word.
        public static let refused = Code(rawValue: "refused")
        /// The platform speaks another version of the API.
        public static let incompatible = Code(rawValue: "incompatible")
        /// The platform hasn't got what the call is for, in this version.
        public static let notAvailable = Code(rawValue: "not-available")
        /// The task that made the call was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
        /// The library was used in a way that it can't serve, such as iterating a stream twice.
        public static let misuse = Code(rawValue: "misuse")
        /// Anything else: a defect of the platform or of this library.
        public static let internalError = Code(rawValue: "internal-error")
    }

    public var code: Code
    /// The platform's stable word for its refusal, such as `policy-invalid` or `root-only`; `nil` when it gave none.
    public var reason: String?
    /// One or more sentences for people. May quote names that others chose: escape before printing to a terminal.
    public var message: String

    public init(_ code: Code, reason: String? = nil, _ message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    public var description: String { message }
}
