// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_ProtectedObject {
    package init(_ object: ProtectedObject) {
        self.init()
        switch object {
        case .executable(let path, let children):
            executable = .with {
                $0.path = Data(path)
                $0.children = children
            }
        case .file(let path): file = Data(path)
        case .directory(let path): directory = Data(path)
        }
    }
}

extension ProtectedObject {
    /// The longest path that is taken, without the zero that ends it (`PATH_MAX`). Bytes.
    private static let maxPath = 4095

    package init(_ message: Sallyport_V1_ProtectedObject) throws(ValueError) {
        switch message.object {
        case .executable(let executable): self = .executable(Array(executable.path), children: executable.children)
        case .file(let path): self = .file(Array(path))
        case .directory(let path): self = .directory(Array(path))
        case nil: throw .missing(field: "object")
        }
        guard path.first == UInt8(ascii: "/"), path.count <= Self.maxPath, !path.contains(0) else {
            throw .invalid(field: "object", reason: "a path begins with / and has at most \(Self.maxPath) bytes")
        }
    }
}

extension Sallyport_V1_ProtectionEntry {
    package init(_ entry: ProtectionEntry) {
        self.init()
        id = entry.id
        vendor = entry.vendor
        object = Sallyport_V1_ProtectedObject(entry.object)
        path = Sallyport_V1_ObservedPath(ObservedPath(bytes: entry.object.path))
        since = entry.since
        sealed = entry.isSealed
        refused = entry.refused
    }
}

extension ProtectionEntry {
    package init(_ message: Sallyport_V1_ProtectionEntry) throws(ValueError) {
        self.init(
            id: message.id, vendor: message.vendor, object: try ProtectedObject(message.object), since: message.since,
            isSealed: message.sealed, refused: message.refused)
    }
}

extension Sallyport_V1_SealAllowance {
    package init(_ allowance: SealAllowance) {
        self =
            switch allowance {
            case .modules: .modules
            case .tracing: .tracing
            case .hardware: .hardware
            case .kexec: .kexec
            }
    }
}

extension SealAllowance {
    package init(_ message: Sallyport_V1_SealAllowance) throws(ValueError) {
        switch message {
        case .modules: self = .modules
        case .tracing: self = .tracing
        case .hardware: self = .hardware
        case .kexec: self = .kexec
        case .unspecified, .UNRECOGNIZED:
            throw .invalid(field: "allowances", reason: "this version knows no allowance \(message.rawValue)")
        }
    }
}

/// Protections as bytes to be kept: the API's message of a list of them.
package enum StoredProtections {
    package static func bytes(_ entries: [ProtectionEntry]) throws -> [UInt8] {
        let message = Sallyport_V1_ListProtectionsResponse.with {
            $0.protections = entries.map(Sallyport_V1_ProtectionEntry.init)
        }
        return try message.serializedBytes()
    }

    /// - Throws: where the bytes aren't that message, or what they hold isn't a protection.
    package static func entries(in bytes: [UInt8]) throws -> [ProtectionEntry] {
        try Sallyport_V1_ListProtectionsResponse(serializedBytes: bytes).protections.map { try ProtectionEntry($0) }
    }
}
