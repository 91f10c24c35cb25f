// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Logging
import Sallyport
import Sessions

/// A directory that only this test uses, removed at the end.
func withSocketPath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/sallyport-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw HarnessError("mkdtemp failed") }
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["s", "s.lock"] { unlink(directory + "/" + name) }
        rmdir(directory)
    }
    return try await body(directory + "/s")
}

/// Runs a server on a path and a client against it; stops both at the end.
func withServer<Result: Sendable>(
    _ platform: FakePlatform = FakePlatform(), timeout: Duration = .seconds(30),
    configure: (inout APIServer.Configuration) -> Void = { _ in },
    _ body: (SallyportClient, APIServer) async throws -> Result
) async throws -> Result {
    try await withSocketPath { path in
        let server = try makeServer(platform, path, configure: configure)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            defer { server.beginGracefulShutdown() }
            return try await SallyportClient.withConnection(to: path, timeout: timeout) { client in
                try await body(client, server)
            }
        }
    }
}

func makeServer(
    _ platform: any Platform, _ path: String, configure: (inout APIServer.Configuration) -> Void = { _ in }
) throws(APIServerError) -> APIServer {
    var configuration = APIServer.Configuration(socketPath: path)
    // Tests need not be run as root.
    configuration.peerPolicy = PeerPolicy { $0.uid == geteuid() }
    configure(&configuration)
    return try APIServer(
        platform: platform, configuration: configuration,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// Waits until something is so; fails after five seconds.
func eventually(_ what: String, _ condition: () async -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(5)
    while !(await condition()) {
        guard ContinuousClock.now < deadline else { throw HarnessError("never: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct HarnessError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
