// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call's error, once, typed.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    public var code: Int32
    /// What was attempted, such as `open /run/x`.
    public var operation: String

    public init(_ operation: String, code: Int32) {
        self.code = code
        self.operation = operation
    }

    /// With the calling thread's `errno`.
    public init(_ operation: String) {
        self.init(operation, code: errno)
    }

    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
