// SPDX-License-Identifier: Apache-2.0

/// A JSON value whose keys keep their order, written as text for people.
indirect enum JSONText: Hashable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([JSONText])
    case object([Member])

    struct Member: Hashable, Sendable {
        var key: String
        var value: JSONText
    }

    /// Two columns a level, one member or element a line.
    func written(indentation: String = "") -> String {
        let inner = indentation + "  "
        return switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .list(let list) where list.isEmpty: "[]"
        case .list(let list):
            "[\n" + list.map { inner + $0.written(indentation: inner) }.joined(separator: ",\n") + "\n\(indentation)]"
        case .object(let members) where members.isEmpty: "{}"
        case .object(let members):
            "{\n"
                + members.map { "\(inner)\(Self.quoted($0.key)): \($0.value.written(indentation: inner))" }
                .joined(separator: ",\n") + "\n\(indentation)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// An object with the members of both, those of `other` last.
    func merging(_ other: JSONText) -> JSONText {
        guard case .object(let own) = self, case .object(let more) = other else { return other }
        return .object(own.filter { member in !more.contains { $0.key == member.key } } + more)
    }
}

extension JSONText: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .text(value) }
}

extension JSONText: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .number(value) }
}

extension JSONText: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension JSONText: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSONText...) { self = .list(elements) }
}

extension JSONText: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, JSONText)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}
