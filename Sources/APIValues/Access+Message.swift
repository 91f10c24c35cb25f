// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Access {
    package init(_ access: Access) {
        self =
            switch access {
            case .inspect: .inspect
            case .attach: .attach
            case .readMemory: .readMemory
            case .writeMemory: .writeMemory
            case .getDescriptor: .getFd
            case .read: .read
            case .write: .write
            case .priority: .priority
            case .ioPriority: .ioPriority
            case .scheduler: .scheduler
            case .limits: .limits
            case .movePages: .movePages
            case .cgroup: .cgroup
            case .user: .user
            case .group: .group
            case .groups: .groups
            case .capabilities: .capabilities
            case .exec: .exec
            case .mode: .mode
            case .owner: .owner
            case .times: .times
            case .extendedAttribute: .extendedAttribute
            case .mount: .mount
            case .unmount: .unmount
            case .remount: .remount
            case .moveMount: .moveMount
            case .pivotRoot: .pivotRoot
            }
    }
}

extension Access {
    package init(_ message: Sallyport_V1_Access) throws(ValueError) {
        switch message {
        case .inspect: self = .inspect
        case .attach: self = .attach
        case .readMemory: self = .readMemory
        case .writeMemory: self = .writeMemory
        case .getFd: self = .getDescriptor
        case .read: self = .read
        case .write: self = .write
        case .priority: self = .priority
        case .ioPriority: self = .ioPriority
        case .scheduler: self = .scheduler
        case .limits: self = .limits
        case .movePages: self = .movePages
        case .cgroup: self = .cgroup
        case .user: self = .user
        case .group: self = .group
        case .groups: self = .groups
        case .capabilities: self = .capabilities
        case .exec: self = .exec
        case .mode: self = .mode
        case .owner: self = .owner
        case .times: self = .times
        case .extendedAttribute: self = .extendedAttribute
        case .mount: self = .mount
        case .unmount: self = .unmount
        case .remount: self = .remount
        case .moveMount: self = .moveMount
        case .pivotRoot: self = .pivotRoot
        case .unspecified: throw .missing(field: "access")
        case .UNRECOGNIZED(let value): throw .unknown(field: "access", value: value)
        }
    }
}
