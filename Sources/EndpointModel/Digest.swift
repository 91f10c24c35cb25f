// SPDX-License-Identifier: Apache-2.0

/// A SHA-256 digest, of a file's content or (`verity`) of its fs-verity descriptor.
public struct Digest: Hashable, Sendable {
    public static let byteCount = 32

    /// 32 of them.
    public let bytes: [UInt8]

    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// In one piece: there are lists of a million.
    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// 64 hexadecimal digits, with or without `sha256:` before them.
    public init?(_ text: String) {
        self.init(digits: Array(text.hasPrefix("sha256:") ? text.utf8.dropFirst(7) : text.utf8[...])[...])
    }

    /// 64 hexadecimal digits.
    public init?(digits: ArraySlice<UInt8>) {
        guard digits.count == 2 * Self.byteCount else { return nil }
        let bytes = digits.withUnsafeBufferPointer { digits in
            var isBad = false
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { bytes, count in
                for index in 0..<Self.byteCount {
                    guard let high = Self.value(digits[2 * index]), let low = Self.value(digits[2 * index + 1]) else {
                        isBad = true
                        return
                    }
                    bytes[index] = high << 4 | low
                    count = index + 1
                }
            }
            return isBad ? nil : bytes
        }
        guard let bytes else { return nil }
        self.bytes = bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// `sha256:` and 64 lower-case digits.
    public var text: String {
        "sha256:"
            + bytes.map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 2 ? digits : "0" + digits
            }.joined()
    }
}

extension Digest: CustomStringConvertible {
    public var description: String { text }
}

/// A digest is coded as its text, and checked when it is decoded.
extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "bad digest '\(text)'")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
