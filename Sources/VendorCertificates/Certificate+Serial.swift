// SPDX-License-Identifier: Apache-2.0

internal import X509

extension Certificate.SerialNumber {
    /// 127 random bits and never 0: 16 bytes, well within the 20 of RFC 5280.
    static func random() -> Self {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[0] = bytes[0] & 0x7f | 0x40
        return Self(bytes: bytes)
    }

    /// Lower-case hexadecimal digits, two a byte, without leading zero bytes.
    var text: String {
        let digits = bytes.drop { $0 == 0 }.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 2 ? text : "0" + text
        }
        return digits.isEmpty ? "00" : digits.joined()
    }

    /// From such digits.
    init?(text: String) {
        let digits = Array(text.utf8)
        guard !digits.isEmpty, digits.count % 2 == 0, digits.count <= 2 * Self.maximumLength else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.init(bytes: bytes)
    }

    /// Bytes of a serial number, with one more than RFC 5280 allows: some authorities count without the sign.
    static let maximumLength = 21
}
