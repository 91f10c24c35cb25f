// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// A client that means harm, which scenarios start as a process of its own: `kernel-scenarios hostile KIND SOCKET
/// CREDENTIALS`. It says `begun` on standard output and goes on until it is killed.
enum HostileClient {
    enum Kind: String {
        /// Calls as fast as it can, on as many connections as its vendor may have.
        case flood
        /// Connects, says the beginning of something and shuts its writing end.
        case halfClose = "half-close"
        /// Sends 1 GiB that mean nothing, again and again.
        case garbage
        /// Connects 1,000 times, as root, and says nothing.
        case connections
        /// The same as nobody.
        case nobodysConnections = "nobodys-connections"
        /// Begins requests as large as may be, 1 GiB of them in all, and ends none.
        case unended
        /// Watches and is asked, and answers nothing, until it is killed.
        case vanishing
    }

    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 3, let kind = Kind(rawValue: arguments[0]) else {
            throw Failure("usage: hostile KIND SOCKET CREDENTIALS")
        }
        switch kind {
        case .flood: try await flood(arguments[1], arguments[2])
        case .halfClose: try halfClose(arguments[1])
        case .garbage: try sendGarbage(to: arguments[1])
        case .connections: try connect(to: arguments[1], as: 0)
        case .nobodysConnections: try connect(to: arguments[1], as: 65_534)
        case .unended: try UnendedRequests(socket: arguments[1]).run()
        case .vanishing: try await vanish(arguments[1], arguments[2])
        }
    }

    private static func flood(_ socket: String, _ credentials: String) async throws {
        let credentials = try VendorCredentials(directory: credentials)
        say("begun")
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<32 {
                tasks.addTask {
                    while true {
                        try? await SallyportClient.withConnection(to: socket, credentials: credentials) { client in
                            try await withThrowingTaskGroup(of: Void.self) { calls in
                                for _ in 0..<32 {
                                    calls.addTask { while true { _ = try await client.greet() } }
                                }
                                try await calls.next()
                            }
                        }
                    }
                }
            }
        }
    }

    private static func halfClose(_ path: String) throws {
        say("begun")
        var open: [Int32] = []
        while true {
            let descriptor = RawSocket.connected(to: path)
            guard descriptor >= 0 else { continue }
            // The beginning of a TLS record that never ends.
            let beginning: [UInt8] = [0x16, 0x03, 0x01, 0x40, 0x00, 0x01]
            _ = send(descriptor, beginning, beginning.count, Int32(MSG_NOSIGNAL))
            shutdown(descriptor, Int32(SHUT_WR))
            open.append(descriptor)
            if open.count > 500 { close(open.removeFirst()) }
            usleep(1000)
        }
    }

    private static func sendGarbage(to path: String) throws {
        say("begun")
        let chunk = [UInt8](repeating: 0x16, count: 1 << 20)
        while true {
            let descriptor = RawSocket.connected(to: path)
            defer { close(descriptor) }
            for _ in 0..<1024 where send(descriptor, chunk, chunk.count, Int32(MSG_NOSIGNAL)) <= 0 { break }
            usleep(1000)
        }
    }

    private static func connect(to path: String, as user: uid_t) throws {
        var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        if user != 0 { try expect(setgid(user) | setuid(user), 0, "become user \(user)") }
        let open = (0..<1000).map { _ in RawSocket.connected(to: path) }
        say("begun \(open.count { $0 >= 0 })")
        // Those that were closed are made again.
        while true {
            for _ in 0..<100 {
                let descriptor = RawSocket.connected(to: path)
                usleep(1000)
                close(descriptor)
            }
        }
    }

    private static func vanish(_ socket: String, _ credentials: String) async throws {
        try await SallyportClient.withConnection(
            to: socket, credentials: try VendorCredentials(directory: credentials)
        ) { client in
            let stream = try await client.events(EventFilter(operations: [.processExec]))
            try await client.answer(
                Authorisation(operations: [.processExec], deadlineMilliseconds: 60_000, fallback: .allow),
                ready: { _ in say("begun") }
            ) { _ in
                try? await Task.sleep(for: .seconds(600))
                return Answer(.deny)
            }
            withExtendedLifetime(stream) {}
        }
    }
}

/// Unix sockets without a client behind them.
enum RawSocket {
    /// A connection to a path; -1 when there is none to be had.
    static func connected(to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
