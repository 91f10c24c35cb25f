// SPDX-License-Identifier: Apache-2.0

/// What names and summaries of policies, rules and vendors look like, for everybody who reads or checks them.
extension Policy {
    /// Bytes of the name of a policy, a rule or a vendor.
    public static let maximumNameLength = 63
    /// Bytes of a summary.
    public static let maximumSummaryLength = 255

    /// The rule for names, to be put after "write".
    public static let nameGrammar =
        "lower-case letters, digits, '-' and '.', at most \(maximumNameLength), a letter or digit first"

    public static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= maximumNameLength else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }

    /// Bytes of the name of a file system's type.
    public static let maximumFilesystemLength = 15

    /// The rule for types of file systems, to be put after "write".
    public static let filesystemGrammar =
        "a name as in /proc/filesystems: lower-case letters, digits, '.', '_' and '-', at most \(maximumFilesystemLength)"

    public static func isFilesystem(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maximumFilesystemLength
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// One line without control characters.
    public static func isSummary(_ text: String) -> Bool {
        text.utf8.count <= maximumSummaryLength && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}
