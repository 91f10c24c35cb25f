// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What subscribers are sent: filters applied in the kernel, markers, losses of one that are nobody else's.
enum SubscriberScenarios {
    static let all = filters + streams

    private static func touch(_ paths: [String]) throws {
        for path in paths {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            try require(descriptor >= 0, "open \(path)")
            close(descriptor)
        }
    }

    private static func opens(_ mutes: Set<EventMute>, inverted: Set<EventMute.Kind> = []) -> EventFilter {
        EventFilter(operations: [.fileOpen], mutes: mutes, inverted: inverted)
    }

    /// The paths of events below the lab.
    private static func paths(_ events: [Event]) -> [String] {
        events.compactMap(\.path).filter { $0.hasPrefix(Lab.root + "/heard/") }
    }

    private static func tree() throws -> (top: String, files: [String]) {
        let top = try Lab.folder("heard")
        _ = try Lab.folder("heard/in")
        _ = try Lab.folder("heard/in/deep")
        _ = try Lab.folder("heard/inside")
        let names = ["/one", "/in/two", "/in/deep/three", "/inside/four"]
        return (top, try names.map { try Lab.file(top + $0) })
    }

    // MARK: Filters

    private static let filters: [Scenario] = [
        Scenario("subscriber: only the operations that it asks for, numbered without a hole") { lab in
            let files = try tree().files
            let opened = try await Listener.start(lab, EventFilter(operations: [.fileOpen]))
            let exits = try await Listener.start(lab, EventFilter(operations: [.processExit]))
            try touch(files)
            for _ in 0..<5 { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            let openEvents = try await opened.events()
            let exitEvents = try await exits.events()
            try expect(paths(openEvents), files, "files opened")
            try expect(Set(openEvents.map(\.operation)), [.fileOpen], "operations of the first")
            try expect(Set(exitEvents.map(\.operation)), [.processExit], "operations of the second")
            let ended = exitEvents.count { $0.subject.exe.text == Lab.tiny }
            try expect(ended, 5, "ends of the program, whose execution wasn't asked for but is known")
        },
        Scenario("subscriber: executables are muted by path, or heard alone") { lab in
            let file = try tree().files[0]
            let loud = try Lab.shell(try Lab.folder("loud") + "/sh")
            let quiet = try Lab.shell(try Lab.folder("quiet") + "/sh")
            let mute = EventMute(.executable, path: quiet)
            let without = try await Listener.start(lab, opens([mute]))
            let alone = try await Listener.start(lab, opens([mute], inverted: [.executable]))
            for shell in [loud, quiet] { try expect(Lab.exec(shell, ["-c", ": < \(file)"]), 0, "read by \(shell)") }
            func actors(_ events: [Event]) -> [String] {
                events.filter { $0.path == file }.map(\.subject.exe.text)
            }
            try expect(actors(try await without.events()), [loud], "who opened it, without the muted one")
            let heard = try await alone.events()
            try expect(actors(heard), [quiet], "who opened it, of the muted one alone")
            try expect(Set(heard.map(\.subject.exe.text)), [quiet], "who did anything")
        },
        Scenario("subscriber: a process is muted by pid and start time, or heard alone") { lab in
            let file = try tree().files[0]
            guard let own = try await lab.client.processes().first(where: { $0.identity.pid == getpid() }) else {
                throw Failure("this process isn't among those that live")
            }
            let shell = try Lab.shell(try Lab.folder("loud") + "/sh")
            let without = try await Listener.start(lab, opens([EventMute(process: own.identity)]))
            let alone = try await Listener.start(lab, opens([EventMute(process: own.identity)], inverted: [.process]))
            var earlier = own.identity
            earlier.startTime -= 1
            let other = try await Listener.start(lab, opens([EventMute(process: earlier)]))
            try touch([file])
            try expect(Lab.exec(shell, ["-c", ": < \(file)"]), 0, "read by a shell")
            func actors(_ events: [Event]) -> [String] {
                events.filter { $0.path == file }.map(\.subject.exe.text)
            }
            try expect(actors(try await without.events()), [shell], "without this process")
            let heard = try await alone.events()
            try expect(Set(heard.map(\.subject.identity.pid)), [getpid()], "this process alone")
            try require(actors(heard).count == 1, "this process opened it: \(actors(heard))")
            try expect(actors(try await other.events()).count, 2, "another start time is another process")
        },
        Scenario("subscriber: target paths are muted exactly and by directory, or heard alone") { lab in
            let (top, files) = try tree()
            let exact = EventMute(.target, path: files[0])
            let below = EventMute(.targetBelow, path: top + "/in")
            let cases: [(EventFilter, [String])] = [
                (opens([exact]), Array(files[1...])), (opens([below]), [files[0], files[3]]),
                (opens([exact, below]), [files[3]]), (opens([exact], inverted: [.target]), [files[0]]),
                (opens([below], inverted: [.targetBelow]), [files[1], files[2]]),
                (opens([exact, below], inverted: [.target, .targetBelow]), Array(files[..<3])),
                (opens([EventMute(.targetBelow, path: "/")]), []),
                (opens([EventMute(.targetBelow, path: "/run/")], inverted: [.targetBelow]), files),
                (opens([EventMute(.target, path: files[0], operations: [.fileUnlink])]), files),
            ]
            var listeners: [Listener] = []
            for (filter, _) in cases { listeners.append(try await Listener.start(lab, filter)) }
            try touch(files)
            for (listener, (filter, expected)) in zip(listeners, cases) {
                try expect(paths(try await listener.events()), expected, "files heard of by \(filter.mutes)")
            }
        },
        Scenario("subscriber: a cgroup and those below it are muted, or heard alone") { lab in
            let inside = try Lab.cgroup("heard")
            let below = try Lab.cgroup("heard/below")
            let outside = try Lab.cgroup("heard-not")
            let mute = EventMute(.cgroup, path: "/heard")
            let filter = EventFilter(operations: [.processExec], mutes: [mute])
            let without = try await Listener.start(lab, filter)
            let alone = try await Listener.start(
                lab, EventFilter(operations: [.processExec], mutes: [mute], inverted: [.cgroup]))
            for place in [inside, below, outside] { try expect(acts_exec_in_cgroup(place, Lab.tiny), 0, place) }
            func places(_ events: [Event]) -> [String] {
                events.filter { $0.path == Lab.tiny }.map(\.subject.cgroup.path)
            }
            try expect(places(try await without.events()), ["/heard-not"], "without the cgroup")
            try expect(places(try await alone.events()), ["/heard", "/heard/below"], "the cgroup alone")
        },
        Scenario("subscriber: a filter that can't be applied is refused with a reason") { lab in
            let wrong: [EventMute] = [
                EventMute(.cgroup, path: "/there-is-none"), EventMute(.target, path: "relative"),
                EventMute(.executable, path: "/" + String(repeating: "x", count: 600)),
            ]
            for mute in wrong {
                do {
                    _ = try await lab.client.events(EventFilter(mutes: [mute]))
                    throw Failure("it was taken: \(mute)")
                } catch let error as SallyportError {
                    try expect(error.reason, "filter-invalid", "the reason: \(error)")
                }
            }
        },
        Scenario("subscriber: only denials, of which nothing else is reported") { lab in
            try await lab.setPolicies([Make.denyTree])
            let denials = try await Listener.start(lab, EventFilter(deniedOnly: true))
            for _ in 0..<3 { try expect(Lab.exec(Lab.deniedProgram), -EPERM, "exec") }
            try expect(Lab.exec(Lab.tiny), 0, "exec")
            try expect(
                try await denials.events().map(\.decision.verdict), [.deny, .deny, .deny], "verdicts")
        },
    ]

    // MARK: Streams

    private static let streams: [Scenario] = [
        Scenario("subscriber: a marker comes behind everything that happened before it") { lab in
            let file = try tree().files[0]
            let listener = try await Listener.start(lab, EventFilter(operations: [.fileOpen]))
            for round in 1...20 {
                try touch([file, file, file])
                try expect(paths(try await listener.events()).count, round * 3, "opens before marker \(round)")
            }
        },
        Scenario("subscriber: the first number is 1, however much happens while it begins") { lab in
            let file = try tree().files[0]
            let filter = opens([EventMute(.target, path: file)], inverted: [.target])
            // Somebody listens all the time, so that hooks are attached already.
            let other = try await Listener.start(
                lab, opens([EventMute(.target, path: file + ".not")], inverted: [.target]))
            defer { other.stop() }
            let load = try KernelLoad.start(.reopens(file, 3_000_000), output: "opens")
            defer {
                kill(load.pid, SIGKILL)
                waitpid(load.pid, nil, 0)
            }
            for round in 1...8 {
                let local = try await lab.client.localEvents(filter)
                let listener = try await Listener.start(lab, filter)
                var numbers: [UInt64] = []
                for _ in 0..<500 where numbers.count < 100 {
                    for element in try local.read(waitingMilliseconds: 20) {
                        if case .event(let event) = element { numbers.append(event.sequence) }
                    }
                }
                let streamed = try await listener.first(100).map(\.sequence)
                try require(numbers.count >= 100 && streamed.count >= 100, "the load has ended in round \(round)")
                // One process acts, so nothing overtakes anything.
                try expect(Array(numbers.prefix(100)), Array(1...100), "numbers in the ring, round \(round)")
                try expect(Array(streamed.prefix(100)), Array(1...100), "numbers in the stream, round \(round)")
            }
        },
        Scenario("subscriber: a snapshot comes before every event, with what was known of each process") { lab in
            let listener = try await Listener.start(lab, EventFilter(operations: [.processExec], snapshot: true))
            try expect(Lab.exec(Lab.tiny), 0, "exec")
            let elements = try await listener.upToNow()
            let first = elements.firstIndex { if case .process = $0 { false } else { true } } ?? elements.count
            let processes = elements[..<first].compactMap {
                if case .process(let process) = $0 { process } else { nil }
            }
            let late = elements[first...].contains { if case .process = $0 { true } else { false } }
            try require(!late, "a process came after an event")
            try require(processes.contains { $0.identity.pid == 1 }, "process 1 is missing of \(processes.count)")
            guard let own = processes.first(where: { $0.identity.pid == getpid() }) else {
                throw Failure("this process is missing of \(processes.count)")
            }
            try expect(own.exe.text, Lab.own, "its executable")
            try require(!own.arguments.isEmpty, "its arguments are known")
        },
        Scenario("subscriber: there are sixteen at most, and one that ends makes room") { lab in
            var listeners: [Listener] = []
            // The lab's own is one of them.
            for _ in 0..<15 { listeners.append(try await Listener.start(lab, EventFilter(operations: [.fileMount]))) }
            do {
                _ = try await lab.client.events(EventFilter())
                throw Failure("a seventeenth was taken")
            } catch let error as SallyportError {
                try expect(error.reason, "subscriber-limit", "the reason: \(error)")
            }
            listeners[3].stop()
            for _ in 0..<100 {
                if let again = try? await Listener.start(lab, EventFilter(operations: [.processExec])) {
                    try expect(Lab.exec(Lab.tiny), 0, "exec")
                    try require(try await again.events().contains { $0.path == Lab.tiny }, "its event")
                    return
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw Failure("the place of one that ended isn't given to another")
        },
        Scenario("subscriber: a ring that is handed over holds the same events as a stream") { lab in
            let files = try tree().files
            let filter = opens([EventMute(.targetBelow, path: Lab.root + "/heard")], inverted: [.targetBelow])
            let stream = try await Listener.start(lab, filter)
            let local = try await lab.client.localEvents(filter)
            try touch(files)
            let streamed = try await stream.events()
            var read: [StreamElement] = []
            for _ in 0..<100 where read.count <= files.count { read += try local.read(waitingMilliseconds: 50) }
            let events = read.compactMap { if case .event(let event) = $0 { event } else { nil } }
            try expect(events.map(\.path), files, "files")
            // All but the clock's reading, which each does for itself.
            func core(_ events: [Event]) -> [Event] {
                events.map { event in
                    var event = event
                    event.time = 0
                    return event
                }
            }
            try expect(core(events), core(streamed), "events")
            let markers = read.compactMap { if case .sync(let marker) = $0 { marker } else { nil } }
            try expect(markers.count, 1, "markers in the ring")
        },
        Scenario("subscriber: one that has stopped costs another nothing, and is told by numbers what it lost") { lab in
            let file = try tree().files[0]
            let filter = opens([EventMute(.target, path: file)], inverted: [.target])
            let stopped = try await lab.client.localEvents(filter)
            let healthy = LocalCollector(try await lab.client.localEvents(filter))
            let count = 40_000
            let numbers = try KernelLoad.start(.reopens(file, count), output: "opens").finish()
            try expect(numbers.first, 0, "failed opens")
            let events = try await healthy.finish(expecting: count)
            try expect(events.gaps, [], "gaps of the one that reads")
            try expect(events.sequences, Array(1...UInt64(count)), "numbers that the one that reads has got")
            // Now the other one reads: what its ring had room for, and a gap with the rest.
            var read: [UInt64] = []
            var gaps: [Gap] = []
            for _ in 0..<100 where UInt64(read.count) + gaps.reduce(0, { $0 + $1.total }) < UInt64(count) {
                for element in try stopped.read(waitingMilliseconds: 50) {
                    if case .event(let event) = element { read.append(event.sequence) }
                    if case .gap(let gap) = element { gaps.append(gap) }
                }
            }
            let lost = gaps.reduce(UInt64(0)) { $0 + $1.total }
            try require(lost > 0, "nothing was lost")
            try expect(UInt64(read.count) + lost, UInt64(count), "read and lost by the one that stopped")
            try expect(read, Array(1...UInt64(read.count)), "numbers that the one that stopped has got")
            try expect(
                gaps.compactMap(\.missing).map { [$0.lowerBound, $0.upperBound] },
                [[UInt64(read.count) + 1, UInt64(count)]],
                "numbers missing")
            try expect(gaps.map(\.counts), [[.fileOpen: lost]], "counts by operation")
            let rate = numbers.count > 1 && numbers[1] > 0 ? count * 1_000_000_000 / numbers[1] : 0
            say("    \(count) events at \(rate) a second; the one that stopped read \(read.count), lost \(lost)")
        },
    ]
}
