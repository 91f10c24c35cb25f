// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why something about kernel programs failed.
public struct BPFError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, such as `load program process_exec`.
    public var operation: String
    /// The kernel's errno.
    public var code: Int32
    /// The last lines of libbpf's and the verifier's log; empty when there are none.
    public var log: [String]

    public init(_ operation: String, code: Int32, log: [String] = []) {
        self.operation = operation
        self.code = code
        self.log = log
    }

    public var description: String {
        let head = "\(operation): \(String(cString: strerror(code)))"
        return log.isEmpty ? head : head + "\n" + log.map { "    " + $0 }.joined(separator: "\n")
    }
}
