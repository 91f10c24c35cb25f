// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sallyport
import Sessions
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ListeningSocketTests {
    @Test func `Only the owner may open the socket`() async throws {
        try await withSocketPath { path in
            let server = try makeServer(FakePlatform(), path)
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & S_IFMT == S_IFSOCK)
            #expect(status.st_mode & 0o777 == 0o600)
            withExtendedLifetime(server) {}
        }
    }

    @Test func `A missing directory is created for others to enter but not to change`() async throws {
        try await withSocketPath { path in
            let directory = path + "-directory"
            defer {
                unlink(directory + "/s.lock")
                rmdir(directory)
            }
            let server = try makeServer(FakePlatform(), directory + "/s")
            var status = stat()
            #expect(stat(directory, &status) == 0)
            #expect(status.st_mode & 0o022 == 0)
            withExtendedLifetime(server) {}
        }
    }

    @Test func `The socket is gone when the server is`() async throws {
        try await withSocketPath { path in
            let server = try makeServer(FakePlatform(), path)
            let running = Task { try await server.run() }
            try await SallyportClient.withConnection(to: path) { _ = try await $0.status() }
            #expect(access(path, F_OK) == 0)
            server.beginGracefulShutdown()
            try await running.value
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func `A socket that a dead server left is replaced`() async throws {
        try await withSocketPath { path in
            let dead = try bindSocket(path, listening: true)
            close(dead)
            #expect(access(path, F_OK) == 0)
            let server = try makeServer(FakePlatform(), path)
            let running = Task { try await server.run() }
            let status = try await SallyportClient.withConnection(to: path) { try await $0.status() }
            #expect(status == Samples.status)
            server.beginGracefulShutdown()
            try await running.value
        }
    }

    @Test func `A second server on the same path is refused and the first goes on`() async throws {
        try await withServer { client, server in
            let error = #expect(throws: APIServerError.self) { try makeServer(FakePlatform(), server.path) }
            #expect(error?.code == .alreadyRunning)
            let status = try await client.status()
            #expect(status == Samples.status)
        }
    }

    @Test func `A socket that somebody else listens on is never removed`() async throws {
        try await withSocketPath { path in
            let other = try bindSocket(path, listening: true)
            defer { close(other) }
            let error = #expect(throws: APIServerError.self) { try makeServer(FakePlatform(), path) }
            #expect(error?.code == .alreadyRunning)
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test func `Something that isn't a socket is never removed`() async throws {
        try await withSocketPath { path in
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            let error = #expect(throws: APIServerError.self) { try makeServer(FakePlatform(), path) }
            #expect(error?.code == .notASocket)
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test func `A directory that others may change is refused`() async throws {
        try await withSocketPath { path in
            let directory = String(path.dropLast(2))
            #expect(chmod(directory, 0o777) == 0)
            let error = #expect(throws: APIServerError.self) { try makeServer(FakePlatform(), path) }
            #expect(error?.code == .directory)
        }
    }

    @Test func `A path that doesn't fit is refused by its length, one that just fits is served`() async throws {
        try await withSocketPath { path in
            let longest = path.dropLast() + String(repeating: "x", count: 103 - path.utf8.count + 1)
            defer { unlink(longest + ".lock") }
            let error = #expect(throws: APIServerError.self) { try makeServer(FakePlatform(), longest + "x") }
            #expect(error?.code == .pathTooLong)
            #expect(error?.message.contains("103") == true)
            let server = try makeServer(FakePlatform(), String(longest))
            let running = Task { try await server.run() }
            try await SallyportClient.withConnection(to: String(longest)) { _ = try await $0.status() }
            server.beginGracefulShutdown()
            try await running.value
        }
    }

    @Test func `A server that is stopped before it runs ends at once and takes its socket with it`() async throws {
        try await withSocketPath { path in
            let server = try makeServer(FakePlatform(), path)
            server.beginGracefulShutdown()
            try await server.run()
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func `A server whose task is cancelled cuts off its calls and removes its socket`() async throws {
        let platform = FakePlatform()
        try await withSocketPath { path in
            let server = try makeServer(platform, path)
            let running = Task { try await server.run() }
            try await SallyportClient.withConnection(to: path) { client in
                var events = try await client.events().makeAsyncIterator()
                running.cancel()
                await #expect(throws: CancellationError.self) { try await running.value }
                let error = await #expect(throws: SallyportError.self) { try await events.next() }
                #expect(error?.code == .unreachable)
            }
            #expect(platform.subscriptions[0].isCancelled)
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func `A server runs once`() async throws {
        try await withServer { client, server in
            _ = try await client.status()
            let error = await #expect(throws: APIServerError.self) { try await server.run() }
            #expect(error?.code == .ranAlready)
        }
    }

    private func bindSocket(_ path: String, listening: Bool) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, !listening || listen(descriptor, 1) == 0 else {
            throw HarnessError("can't listen on \(path)")
        }
        return descriptor
    }
}
