// SPDX-License-Identifier: Apache-2.0

import EndpointModel

func patterns(_ texts: String...) throws -> PathList { PathList(try texts.map { try PathPattern($0) }) }

func event(
    _ operation: Operation, exe: String = "/usr/bin/app", object: EventObject = .none, verdict: Verdict = .allow,
    sequence: UInt64 = 1, details: EventDetails = EventDetails()
) -> Event {
    var subject = Process(identity: ProcessIdentity(pid: 7, startTime: 1, execCount: 1))
    subject.exe = ObservedPath(exe)
    subject.cgroup.path = "/system.slice/app.service"
    subject.credentials.effectiveUID = 1000
    return Event(
        sequence: sequence, time: 1, monotonicTime: 1, operation: operation, decision: Decision(verdict: verdict),
        subject: subject, object: object, details: details)
}

func file(_ path: String) -> EventObject { .file(FileObject(path: ObservedPath(path)), interpreter: nil) }

func attempt(
    _ operation: Operation, exe: String = "/usr/bin/app", path: String? = nil, access: Set<Access> = []
) -> Attempt {
    Attempt(
        operation: operation, subject: ProcessFacts(exe: ObservedPath(exe), user: 1000, groups: [1000]),
        object: path.map { .file(FileFacts(path: ObservedPath($0))) } ?? .none, access: access)
}
