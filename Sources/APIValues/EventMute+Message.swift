// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_Mute {
    package init(_ mute: EventMute) {
        self.init()
        kind = Sallyport_V1_MuteKind(mute.kind)
        switch mute.name {
        case .path(let bytes): path = Data(bytes)
        case .process(let pid, let startTime):
            process = Sallyport_V1_ProcessIdentity(
                ProcessIdentity(pid: pid, startTime: startTime, execCount: 0))
        }
        operations = Operation.allCases.filter(mute.operations.contains).map(Sallyport_V1_Operation.init)
    }
}

extension EventMute {
    package init(_ message: Sallyport_V1_Mute) throws(ValueError) {
        let kind = try Kind(message.kind)
        var operations: Set<Operation> = []
        for operation in message.operations { operations.insert(try Operation(operation)) }
        if kind == .process {
            guard message.hasProcess else { throw .missing(field: "mute.process") }
            self.init(process: ProcessIdentity(message.process), operations: operations)
        } else {
            guard !message.path.isEmpty else { throw .missing(field: "mute.path") }
            self.init(kind, path: Array(message.path), operations: operations)
        }
    }
}

extension Sallyport_V1_MuteKind {
    package init(_ kind: EventMute.Kind) {
        self =
            switch kind {
            case .executable: .executable
            case .process: .process
            case .target: .target
            case .targetBelow: .targetBelow
            case .cgroup: .cgroup
            }
    }
}

extension EventMute.Kind {
    package init(_ message: Sallyport_V1_MuteKind) throws(ValueError) {
        switch message {
        case .executable: self = .executable
        case .process: self = .process
        case .target: self = .target
        case .targetBelow: self = .targetBelow
        case .cgroup: self = .cgroup
        case .unspecified: throw .missing(field: "mute.kind")
        case .UNRECOGNIZED(let value): throw .unknown(field: "mute.kind", value: value)
        }
    }
}
