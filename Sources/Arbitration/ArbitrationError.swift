// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Why a client can't be an authoriser on the terms it asks for.
public enum ArbitrationError: Error, Hashable, Sendable {
    case noOperations
    /// No operation of this kind can be held for a verdict.
    case cannotAsk(Operation)
    /// `file.open` needs `read`, `write` or both; nothing else takes them.
    case fileAccessMismatch
    /// The limit `authorisers`.
    case tooManyAuthorisers(limit: Int)
    /// The limit `vendor-authorisers`.
    case tooManyOfVendor(limit: Int)
    /// The platform ends.
    case stopping
}

extension ArbitrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noOperations: "no operation to be asked about: name at least one"
        case .cannotAsk(let operation): "\(operation.rawValue) can't be held for an answer: use a deny rule or watch it"
        case .fileAccessMismatch: "file.open, and nothing else, takes the access to be asked about: read, write or both"
        case .tooManyAuthorisers(let limit): "the limit authorisers (\(limit)) is reached: close another one first"
        case .tooManyOfVendor(let limit): "the limit vendor-authorisers (\(limit)) is reached: close another one first"
        case .stopping: "the platform is stopping: connect again when it runs"
        }
    }
}
