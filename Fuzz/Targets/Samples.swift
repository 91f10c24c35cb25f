// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Values that valid inputs are made of.
enum Samples {
    static let process: Process = {
        var process = Process(identity: ProcessIdentity(pid: 42, startTime: 7, execCount: 1))
        process.parent = ProcessIdentity(pid: 1, startTime: 1, execCount: 1)
        process.exe = ObservedPath("/usr/bin/true")
        process.arguments = ["true", "--version"]
        process.command = "true"
        return process
    }()

    static let file = FileObject(path: ObservedPath("/usr/bin/true"))

    static let event = Event(
        sequence: 1, time: 1, monotonicTime: 1, operation: .processExec, decision: Decision(verdict: .allow),
        subject: process, object: .file(file, interpreter: nil))

    static let question = Question(
        id: 7, operation: .fileOpen, access: [.read], subject: process, file: file, askedAt: 1_000_000_000,
        deadline: 2_000_000_000, fallback: .allow)

    static let gap = Gap(place: .subscriber, missing: 3...9, counts: [.processExec: 7], denied: 1)

    static let greeting = Greeting(
        version: "0.1.0", boot: "b", caller: .site,
        coverage: Coverage(tier: .enforce, reason: "", kernel: "6.12", operations: []),
        limits: [NamedLimit("message-size", 1, "bytes")], isSealed: false)

    static let filter = EventFilter(operations: [.processExec, .fileOpen], deniedOnly: true, snapshot: true)

    static let policy = """
        apiVersion: sallyport.dev/v1
        kind: Policy
        metadata:
          name: no-code-from-tmp
        spec:
          mode: enforce
          scope: {container: ['*']}
          rules:
            - name: tmp
              on: [process.exec, image.load]
              object:
                path: ["/tmp/**", "/var/{tmp,cache}/*"]
                flags: [memfd]
              subject:
                user: [0, 1000-2000]
                capability: [CAP_SYS_ADMIN]
              action: deny

        """
}
