// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_FieldCondition {
    package init(_ condition: FieldCondition) {
        self.init()
        field =
            switch condition {
            case .path(let list): .path(Sallyport_V1_PathList(list))
            case .digest(let digests): .digest(Data(digests))
            case .verity(let digests): .verity(Data(digests))
            case .filesystem(let names): .filesystem(Sallyport_V1_WordList(names))
            case .flags(let flags): .flags(Sallyport_V1_WordList(flags.map(\.rawValue)))
            case .exe(let list): .exe(Sallyport_V1_PathList(list))
            case .user(let accounts): .user(Sallyport_V1_WordList(accounts.map(\.text)))
            case .group(let accounts): .group(Sallyport_V1_WordList(accounts.map(\.text)))
            case .cgroup(let list): .cgroup(Sallyport_V1_PathList(list))
            case .ancestor(let list): .ancestor(Sallyport_V1_PathList(list))
            case .interpreter(let list): .interpreter(Sallyport_V1_PathList(list))
            case .capability(let capabilities): .capability(Sallyport_V1_WordList(capabilities.map(\.text)))
            case .container(let containers): .container(Sallyport_V1_WordList(containers.map(\.text)))
            case .vendor(let names): .vendor(Sallyport_V1_WordList(names))
            }
    }
}

extension FieldCondition {
    /// - Parameter place: The condition that the field is of, such as `subject.not`, for the error.
    package init(_ message: Sallyport_V1_FieldCondition, in place: String) throws(ValueError) {
        switch message.field {
        case .path(let list): self = .path(try PathList(list, field: "\(place).path"))
        case .digest(let bytes): self = .digest(try Self.digests(bytes, field: "\(place).digest"))
        case .verity(let bytes): self = .verity(try Self.digests(bytes, field: "\(place).verity"))
        case .filesystem(let list): self = .filesystem(list.words)
        case .flags(let list):
            self = .flags(try list.values(field: "\(place).flags", what: "flag of a file", FileFlag.init(rawValue:)))
        case .exe(let list): self = .exe(try PathList(list, field: "\(place).exe"))
        case .user(let list):
            self = .user(try list.values(field: "\(place).user", what: "user") { Account($0) })
        case .group(let list):
            self = .group(try list.values(field: "\(place).group", what: "group") { Account($0) })
        case .cgroup(let list): self = .cgroup(try PathList(list, field: "\(place).cgroup"))
        case .ancestor(let list): self = .ancestor(try PathList(list, field: "\(place).ancestor"))
        case .interpreter(let list): self = .interpreter(try PathList(list, field: "\(place).interpreter"))
        case .capability(let list):
            self = .capability(try list.values(field: "\(place).capability", what: "capability") { Capability($0) })
        case .container(let list):
            self = .container(try list.values(field: "\(place).container", what: "container") { ContainerSelector($0) })
        case .vendor(let list): self = .vendor(list.words)
        // Set to a field of a later version, or not at all: to leave it out would widen the rule.
        case nil: throw .missing(field: place)
        }
    }

    private static func digests(_ bytes: Data, field: String) throws(ValueError) -> [Digest] {
        let length = Digest.byteCount
        guard bytes.count.isMultiple(of: length) else {
            throw .invalid(field: field, reason: "has \(bytes.count) bytes, which isn't a multiple of \(length)")
        }
        var digests: [Digest] = []
        digests.reserveCapacity(bytes.count / length)
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: length) {
            // As many bytes as a digest has, so it is one.
            digests.append(Digest(bytes: Array(bytes[start..<start + length]))!)
        }
        return digests
    }
}

extension Data {
    /// The bytes of the digests, one after another.
    fileprivate init(_ digests: [Digest]) {
        self.init(capacity: digests.count * Digest.byteCount)
        for digest in digests { append(contentsOf: digest.bytes) }
    }
}

extension Sallyport_V1_WordList {
    fileprivate init(_ words: [String]) {
        self.init()
        self.words = words
    }

    /// What the words mean. - Throws: `invalid` for the first that means nothing.
    fileprivate func values<Value>(
        field: String, what: String, _ value: (String) -> Value?
    ) throws(ValueError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(words.count)
        for word in words {
            guard let value = value(word) else {
                throw .invalid(field: field, reason: "has '\(word)', which isn't a \(what)")
            }
            values.append(value)
        }
        return values
    }
}
