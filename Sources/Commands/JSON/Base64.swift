// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Bytes as text (RFC 4648), for what isn't UTF-8.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
