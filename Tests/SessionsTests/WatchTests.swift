// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Sessions
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    @Test func `Events and gaps arrive as the platform said them, in order`() async throws {
        let platform = FakePlatform()
        try await withServer(platform) { client, _ in
            let elements: [StreamElement] = [
                .event(Samples.event(1, object: .file(Samples.file, interpreter: ObservedPath("/bin/sh")))),
                .event(Samples.event(2, object: .process(ProcessIdentity(pid: 7, startTime: 8, execCount: 9)))),
                .gap(Samples.gap),
                .event(Samples.event(10, object: .exit(status: 256))),
                .gap(Gap(place: .kernel)),
                .event(Samples.event(11)),
                .event(Samples.event(12, .processOpen, details: Samples.details)),
            ]
            var events = try await client.events().makeAsyncIterator()
            let subscription = try #require(platform.subscriptions.first)
            subscription.feed(Array(elements[..<4]))
            subscription.feed(Array(elements[4...]))
            var received: [StreamElement] = []
            while received.count < elements.count { received.append(try #require(try await events.next())) }
            #expect(received == elements)
        }
    }

    @Test func `The filter reaches the platform`() async throws {
        let platform = FakePlatform()
        try await withServer(platform) { client, _ in
            let filter = EventFilter(operations: [.processExit, .processExec], deniedOnly: true)
            let narrow = try await client.events(filter)
            let wide = try await client.events()
            #expect(
                platform.filters
                    == [filter, EventFilter(operations: Set(Operation.allCases), deniedOnly: false)])
            withExtendedLifetime((narrow, wide)) {}
        }
    }

    @Test func `A watcher that lets go of its stream ends the subscription at once`() async throws {
        let platform = FakePlatform()
        try await withServer(platform) { client, server in
            do {
                let events = try await client.events()
                #expect(server.counters.watches == 1)
                withExtendedLifetime(events) {}
            }
            try await eventually("cancelled") { platform.subscriptions[0].isCancelled }
            try await eventually("forgotten") { server.counters.watches == 0 }
        }
    }

    @Test func `A client that disconnects ends the subscription at once`() async throws {
        let platform = FakePlatform()
        try await withServer(platform) { _, server in
            let other = try SallyportClient(socketPath: server.path)
            let running = Task { try await other.run() }
            let events = try await other.events()
            running.cancel()
            try await eventually("cancelled") { platform.subscriptions[0].isCancelled }
            withExtendedLifetime(events) {}
            try await running.value
        }
    }

    @Test func `What a client has started doesn't keep its connection when it leaves`() async throws {
        let platform = FakePlatform()
        try await withServer(platform) { _, server in
            let other = try SallyportClient(socketPath: server.path)
            let running = Task { try await other.run() }
            let events = try await other.events()
            var child: pid_t = 0
            let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sleep"), strdup("60"), nil]
            defer { for word in words { free(word) } }
            #expect(posix_spawn(&child, "/bin/sleep", nil, nil, words, environ) == 0)
            defer {
                kill(child, SIGKILL)
                waitpid(child, nil, 0)
            }
            running.cancel()
            try await eventually("cancelled") { platform.subscriptions[0].isCancelled }
            withExtendedLifetime(events) {}
            try await running.value
        }
    }

    @Test(arguments: [0, 1, 5, 20]) func `Who leaves with much unread is left by the platform, too`(
        milliseconds: Int
    ) async throws {
        let batch = (1...64).map { StreamElement.event(Samples.event($0)) }
        let platform = FakePlatform(endless: batch)
        try await withServer(platform) { _, server in
            let other = try SallyportClient(socketPath: server.path)
            let running = Task { try? await other.run() }
            let events = try await other.events()
            let reading = Task {
                for try await _ in events { try await Task.sleep(for: .milliseconds(milliseconds)) }
            }
            try await Task.sleep(for: .milliseconds(1500))
            other.close()
            reading.cancel()
            running.cancel()
            try await eventually("cancelled") { platform.subscriptions[0].isCancelled }
            await running.value
        }
    }

    @Test func `Cancelling the task that reads ends its wait`() async throws {
        try await withServer { client, _ in
            let events = try await client.events()
            let reading = Task {
                for try await _ in events {}
            }
            try await Task.sleep(for: .milliseconds(50))
            reading.cancel()
            let error = await #expect(throws: SallyportError.self) { try await reading.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func `A second iterator fails instead of trapping`() async throws {
        try await withServer { client, _ in
            let events = try await client.events()
            _ = events.makeAsyncIterator()
            var second = events.makeAsyncIterator()
            let error = await #expect(throws: SallyportError.self) { try await second.next() }
            #expect(error?.code == .misuse)
        }
    }

    @Test func `A slow watcher holds back its own subscription and nobody else's`() async throws {
        let batch = (1...64).map { StreamElement.event(Samples.event($0)) }
        let platform = FakePlatform(endless: batch)
        try await withServer(platform) { client, _ in
            let slow = try await client.events()
            let stuck = platform.subscriptions[0]
            // It stops taking once the buffers on the way are full, which is when nothing was taken for a while.
            var before = -1
            var still = 0
            while still < 5 {
                still = stuck.taken == before ? still + 1 : 0
                before = stuck.taken
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(stuck.taken > 0)
            let quick = try await client.events()
            var received = 0
            for try await elements in quick.batches {
                received += elements.count
                if received > 2_000 { break }
            }
            #expect(received > 2_000)
            #expect(stuck.taken == before)
            withExtendedLifetime(slow) {}
        }
    }

    @Test func `A batch larger than the limit arrives in several messages and loses nothing`() async throws {
        let platform = FakePlatform()
        try await withServer(platform, configure: { $0.limits.batchElements = 10 }) { client, _ in
            let events = try await client.events()
            let elements = (1...35).map { StreamElement.event(Samples.event($0)) }
            platform.subscriptions[0].feed(elements)
            var batches: [[StreamElement]] = []
            for try await batch in events.batches {
                batches.append(batch)
                if batches.reduce(0, { $0 + $1.count }) == elements.count { break }
            }
            #expect(batches.map(\.count) == [10, 10, 10, 5])
            #expect(batches.flatMap { $0 } == elements)
        }
    }

    @Test func `Stopping the server tells its watchers why their stream ends`() async throws {
        let platform = FakePlatform()
        try await withServer(platform) { client, server in
            var events = try await client.events().makeAsyncIterator()
            platform.subscriptions[0].feed([.event(Samples.event(1))])
            #expect(try await events.next() == .event(Samples.event(1)))
            server.beginGracefulShutdown()
            let error = await #expect(throws: SallyportError.self) { try await events.next() }
            #expect(error?.code == .unreachable)
            #expect(error?.reason == "stopping")
            #expect(platform.subscriptions[0].isCancelled)
        }
    }

    @Test func `A watcher that doesn't read can't hold up the server's stop`() async throws {
        let platform = FakePlatform(endless: (1...64).map { StreamElement.event(Samples.event($0)) })
        try await withSocketPath { path in
            let server = try makeServer(platform, path) { $0.shutdownGrace = .milliseconds(200) }
            let running = Task { try await server.run() }
            try await SallyportClient.withConnection(to: path) { client in
                let events = try await client.events()
                try await Task.sleep(for: .milliseconds(300))
                let stopped = try await ContinuousClock().measure {
                    server.beginGracefulShutdown()
                    try await running.value
                }
                #expect(stopped < .seconds(3))
                withExtendedLifetime(events) {}
            }
        }
    }
}
