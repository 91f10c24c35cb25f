// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Events of every operation, as the platform sends them and as an attacker would have them.
extension Samples {
    static func details(_ set: (inout EventDetails) -> Void) -> EventDetails {
        var details = EventDetails()
        set(&details)
        return details
    }

    private static func file(_ path: String) -> EventObject {
        .file(FileObject(path: ObservedPath(path)), interpreter: nil)
    }

    private static let other = EventObject.process(ProcessIdentity(pid: 4711, startTime: 1, execCount: 2))

    static var openedProcess: Event {
        event(
            .processOpen, verdict: .allow, object: other,
            details: details {
                $0.access = [.readMemory, .attach]
                $0.way = "ptrace"
                $0.target = ObservedPath("/usr/sbin/sshd")
            })
    }

    static var signalledProcess: Event {
        event(
            .processSignal, verdict: .allow, object: other,
            details: details {
                $0.signal = Signal(number: 9)
                $0.target = ObservedPath("/usr/sbin/sshd")
            })
    }

    static var renamedFile: Event {
        event(.fileRename, verdict: .allow, object: file("/a"), details: details { $0.target = ObservedPath("/b") })
    }

    static var writtenSysctl: Event {
        event(
            .kernelAccess, verdict: .allow, object: file("/proc/sys/kernel/core_pattern"),
            details: details { $0.area = .sysctl })
    }

    static var executableHeap: Event {
        event(
            .memoryMakeExecutable, verdict: .allow, object: .none,
            details: details { $0.mappings = [.heap, .wasWritable] })
    }

    static var changedCredentials: Event {
        event(
            .processCredentials, verdict: .allow, object: .none,
            details: details {
                $0.access = [.user]
                var credentials = Credentials()
                credentials.uid = 1000
                credentials.effectiveCapabilities = 1 << 21
                $0.credentials = credentials
            })
    }

    static var changedAttribute: Event {
        event(
            .fileSetAttributes, verdict: .allow, object: file("/bin/ping"),
            details: details {
                $0.access = [.extendedAttribute]
                $0.name = "security.capability"
            })
    }

    static var loadedProgram: Event {
        event(.imageLoadBPF, verdict: .allow, object: .none, details: details { $0.name = "trace\u{1B}[2J" })
    }

    /// With everything that any operation can have, hostile where somebody else chooses it, and with nothing.
    static func events(of operation: Operation) -> [Event] {
        let everything = details {
            $0.access = Set(Access.allCases)
            $0.way = "process_vm_readv"
            $0.mappings = Set(MappingKind.allCases)
            $0.area = .other
            $0.target = ObservedPath(bytes: hostile, unresolvable: .privateNamespace)
            var credentials = Credentials()
            credentials.effectiveCapabilities = .max
            credentials.loginUID = 1000
            $0.credentials = credentials
            $0.name = String(decoding: hostile, as: UTF8.self)
        }
        var signal = everything
        signal.signal = Signal(number: 40)
        let objects: [EventObject] = [
            .none, other, .exit(status: 9), file("/a"),
            .file(
                FileObject(path: ObservedPath(bytes: hostile, unresolvable: .raced)),
                interpreter: ObservedPath(bytes: hostile)),
        ]
        return objects.flatMap { object in
            [EventDetails(), everything, signal].map { event(operation, object: object, details: $0) }
        }
    }
}
