// SPDX-License-Identifier: Apache-2.0

/// Something to say about a place in a policy file.
public struct Diagnostic: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, Codable {
        /// The file can't be used.
        case error
        /// The file can be used, and does something that may not be meant.
        case warning
    }

    public var severity: Severity
    /// The file's name as it was handed in.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int
    /// What is wrong.
    public var message: String
    /// What to write instead; empty if there is nothing to suggest.
    public var instead: String

    public init(severity: Severity, file: String, line: Int, column: Int, message: String, instead: String = "") {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.instead = instead
    }
}

extension Diagnostic: CustomStringConvertible {
    /// The form that compilers print and editors understand.
    public var description: String {
        "\(file):\(line):\(column): \(severity.rawValue): \(message)" + (instead.isEmpty ? "" : ": \(instead)")
    }
}
