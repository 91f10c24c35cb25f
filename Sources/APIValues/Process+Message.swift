// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_ProcessIdentity {
    package init(_ identity: ProcessIdentity) {
        self.init()
        pid = identity.pid
        startTime = identity.startTime
        execCount = identity.execCount
    }
}

extension ProcessIdentity {
    package init(_ message: Sallyport_V1_ProcessIdentity) {
        self.init(pid: message.pid, startTime: message.startTime, execCount: message.execCount)
    }
}

extension Sallyport_V1_Process {
    package init(_ process: Process) {
        self.init()
        identity = Sallyport_V1_ProcessIdentity(process.identity)
        if let parent = process.parent { self.parent = Sallyport_V1_ProcessIdentity(parent) }
        thread = process.thread
        exe = Sallyport_V1_ObservedPath(process.exe)
        command = Data(process.command.utf8)
        arguments = process.arguments.map { Data($0.utf8) }
        argumentsTruncated = process.argumentsTruncated
        if let directory = process.workingDirectory { workingDirectory = Sallyport_V1_ObservedPath(directory) }
        credentials = Sallyport_V1_Credentials(process.credentials)
        cgroup = Sallyport_V1_ControlGroup(process.cgroup)
        namespaces = Sallyport_V1_Namespaces(process.namespaces)
        provenance =
            switch process.provenance {
            case .started: .started
            case .found: .found
            case .inferred: .inferred
            }
    }
}

extension Process {
    package init(_ message: Sallyport_V1_Process) throws(ValueError) {
        guard message.hasIdentity else { throw .missing(field: "process.identity") }
        self.init(identity: ProcessIdentity(message.identity))
        parent = message.hasParent ? ProcessIdentity(message.parent) : nil
        thread = message.thread
        exe = try ObservedPath(message.exe)
        command = String(decoding: message.command, as: UTF8.self)
        arguments = message.arguments.map { String(decoding: $0, as: UTF8.self) }
        argumentsTruncated = message.argumentsTruncated
        workingDirectory = message.hasWorkingDirectory ? try ObservedPath(message.workingDirectory) : nil
        credentials = Credentials(message.credentials)
        cgroup = ControlGroup(message.cgroup)
        namespaces = Namespaces(message.namespaces)
        provenance =
            switch message.provenance {
            case .started: .started
            case .found: .found
            case .inferred, .unspecified, .UNRECOGNIZED: .inferred
            }
    }
}
