// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_MappingKind {
    package init(_ mapping: MappingKind) {
        self =
            switch mapping {
            case .anonymous: .anonymous
            case .writable: .writable
            case .wasWritable: .wasWritable
            case .modified: .modified
            case .stack: .stack
            case .heap: .heap
            case .memfd: .memfd
            case .sharedMemory: .sharedMemory
            case .deleted: .deleted
            }
    }
}

extension MappingKind {
    package init(_ message: Sallyport_V1_MappingKind) throws(ValueError) {
        switch message {
        case .anonymous: self = .anonymous
        case .writable: self = .writable
        case .wasWritable: self = .wasWritable
        case .modified: self = .modified
        case .stack: self = .stack
        case .heap: self = .heap
        case .memfd: self = .memfd
        case .sharedMemory: self = .sharedMemory
        case .deleted: self = .deleted
        case .unspecified: throw .missing(field: "mapping")
        case .UNRECOGNIZED(let value): throw .unknown(field: "mapping", value: value)
        }
    }
}
