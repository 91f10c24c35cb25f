// SPDX-License-Identifier: Apache-2.0

/// An agent that can be started again and again: each check begins with a new one.
public protocol ConformanceAgent: Sendable {
    /// - Parameters:
    ///   - credentials: the directory that it finds its credentials in.
    ///   - socket: where it connects to.
    func start(credentials: String, socket: String) throws -> any RunningAgent
}

/// One that was started.
public protocol RunningAgent: Sendable {
    /// How it ended, such as "exit status 1"; `nil` while it runs.
    var ending: String? { get }
    /// Asks it to end (SIGTERM).
    func terminate()
    /// Ends it, whatever it does.
    func kill()
}
