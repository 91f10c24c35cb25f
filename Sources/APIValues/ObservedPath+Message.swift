// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_ObservedPath {
    package init(_ path: ObservedPath) {
        self.init()
        self.path = Data(path.bytes)
        unresolvable =
            switch path.unresolvable {
            case nil: .unspecified
            case .tooLong: .tooLong
            case .anonymous: .anonymous
            case .detached: .detached
            case .privateNamespace: .privateNamespace
            case .raced: .raced
            case .noMemory: .noMemory
            }
    }
}

extension ObservedPath {
    package init(_ message: Sallyport_V1_ObservedPath) throws(ValueError) {
        let unresolvable: Unresolvable? =
            switch message.unresolvable {
            case .unspecified: nil
            case .tooLong: .tooLong
            case .anonymous: .anonymous
            case .detached: .detached
            case .privateNamespace: .privateNamespace
            case .raced: .raced
            case .noMemory: .noMemory
            // Read as resolvable, an unknown reason would turn no evidence into evidence.
            case .UNRECOGNIZED(let value): throw .unknown(field: "unresolvable", value: value)
            }
        self.init(bytes: Array(message.path), unresolvable: unresolvable)
    }
}
