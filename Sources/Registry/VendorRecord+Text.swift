// SPDX-License-Identifier: Apache-2.0

internal import EndpointModel
internal import VendorCertificates

/// A record as a file: a word and its value a line, between a heading with the version and `end`, without which a file
/// is no record: half of one would be another.
extension VendorRecord {
    static let heading = "sallyport vendor 1"

    var text: String {
        var lines = [
            Self.heading, "name \(name)", "state \(state.rawValue)", "strict \(isStrict ? "yes" : "no")",
            "enrolled-at \(enrolledAt)",
        ]
        lines += ceiling.words.map { "ceiling \($0)" }
        lines += executables.map { "executable \($0.text)" }
        lines += revoked.sorted { $0.key < $1.key }.map { "revoked \($0.key) \($0.value)" }
        lines += certificates.map { "certificate \(Hexadecimal.text($0.der))" }
        return (lines + ["end"]).joined(separator: "\n") + "\n"
    }

    /// - Throws: the number of the first line that is wrong.
    init(text: String) throws(BadLine) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.heading else { throw BadLine(number: 1) }
        guard lines.count >= 3, lines.removeLast().isEmpty, lines.removeLast() == "end" else {
            throw BadLine(number: lines.count + 1)
        }
        var read = Fields()
        for (index, line) in lines.enumerated().dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, read.take(parts[0], parts[1]) else { throw BadLine(number: index + 1) }
        }
        guard let name = read.name, let state = read.state, let isStrict = read.isStrict,
            let enrolledAt = read.enrolledAt
        else { throw BadLine(number: lines.count) }
        self.init(
            name: name, state: state, ceiling: read.ceiling, isStrict: isStrict, executables: read.executables,
            enrolledAt: enrolledAt, certificates: read.certificates, revoked: read.revoked)
    }

    struct BadLine: Error, Hashable { var number: Int }

    private struct Fields {
        var name: String?
        var state: State?
        var isStrict: Bool?
        var enrolledAt: Int64?
        var ceiling = Entitlements.none
        var executables: [Digest] = []
        var certificates: [SignedCertificate] = []
        var revoked: [String: Int64] = [:]

        /// Whether the line is one of a record, and the only one of its word where there can be only one.
        mutating func take(_ word: String, _ value: String) -> Bool {
            switch word {
            case "name": VendorName.isValid(value) && Self.set(&name, value)
            case "state": Self.set(&state, State(rawValue: value))
            case "strict": Self.set(&isStrict, ["yes": true, "no": false][value])
            case "enrolled-at": Self.set(&enrolledAt, Int64(value))
            case "ceiling": add(entitlement: value)
            case "executable": Self.append(Digest(value), to: &executables, limit: maximumExecutables)
            case "revoked": add(revoked: value)
            case "certificate":
                Self.append(
                    Hexadecimal.bytes(value).flatMap { try? SignedCertificate(der: $0) }, to: &certificates,
                    limit: maximumCertificates)
            default: false
            }
        }

        private mutating func add(entitlement value: String) -> Bool {
            guard let granted = try? Entitlements(word: value) else { return false }
            ceiling = ceiling.union(granted)
            return true
        }

        private mutating func add(revoked value: String) -> Bool {
            let parts = value.split(separator: " ").map(String.init)
            guard parts.count == 2, let since = Int64(parts[1]), revoked.count < maximumRevoked,
                !parts[0].isEmpty, Hexadecimal.bytes(parts[0]) != nil
            else { return false }
            return revoked.updateValue(since, forKey: parts[0]) == nil
        }

        private static func set<Value>(_ field: inout Value?, _ value: Value?) -> Bool {
            guard field == nil, let value else { return false }
            field = value
            return true
        }

        private static func append<Value>(_ value: Value?, to list: inout [Value], limit: Int) -> Bool {
            guard let value, list.count < limit else { return false }
            list.append(value)
            return true
        }
    }
}
