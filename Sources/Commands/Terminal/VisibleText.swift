// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Text that can be printed to a terminal whoever chose it.
///
/// Paths, arguments and command names come from attackers. Printed as they are, control characters would move the cursor,
/// forge lines or drive the terminal, and invisible ones would make one path look like another. Here every byte and
/// character that isn't plainly visible is spelled out, and the backslash with it, so that what is spelled can't be forged.
package struct VisibleText: Hashable, Sendable {
    /// Safe to print; one line.
    package let text: String

    package init(_ bytes: some Sequence<UInt8>) {
        var input = Array(bytes)[...]
        if input.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) {
            text = String(decoding: input, as: UTF8.self)
            return
        }
        var text = ""
        var decoder = Unicode.UTF8.ForwardParser()
        while !input.isEmpty {
            var iterator = input.makeIterator()
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let encoded):
                Self.append(Unicode.UTF8.decode(encoded), to: &text)
                input = input.dropFirst(encoded.count)
            case .error(let length):
                for byte in input.prefix(max(1, length)) { text += "\\x" + Self.hex(UInt32(byte), digits: 2) }
                input = input.dropFirst(max(1, length))
            case .emptyInput:
                input = []
            }
            decoder = Unicode.UTF8.ForwardParser()
        }
        self.text = text
    }

    package init(_ string: String) {
        self.init(string.utf8)
    }

    /// The path, followed by the reason in brackets when it is no evidence of where the file lies.
    package init(_ path: ObservedPath) {
        let known = VisibleText(path.bytes).text
        guard let reason = path.unresolvable else {
            self.init(known: known)
            return
        }
        self.init(known: known.isEmpty ? "[\(reason.word)]" : "\(known) [\(reason.word)]")
    }

    /// A command line as a shell would need it: words that aren't plain are quoted.
    package init(arguments: [String], truncated: Bool) {
        let words = arguments.map { word in
            let visible = VisibleText(word).text
            let plain = !visible.isEmpty && visible.utf8.allSatisfy { Self.plain.contains($0) }
            let quoted = visible.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            return plain ? visible : "'\(quoted)'"
        }
        self.init(known: words.joined(separator: " ") + (truncated ? " …" : ""))
    }

    private init(known: String) {
        text = known
    }

    private static let plain = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%".utf8)

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case "\u{0}"..."\u{1F}", "\u{7F}": text += "\\x" + hex(scalar.value, digits: 2)
        case "\u{20}"..."\u{7E}": text.unicodeScalars.append(scalar)
        default:
            if isVisible(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{" + hex(scalar.value, digits: 1) + "}"
            }
        }
    }

    /// Not so: controls, formats (bidirectional overrides, zero-width joiners), other spaces and separators, private and
    /// unassigned characters, and marks, which could pile up over other lines.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
            false
        default: !scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
