// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// The narrow interface between the API's services and the privileged side that decides.
///
/// Values only: no descriptor, no lock, no kernel type passes it, so that `Sessions` can move into a process of its own.
/// `Daemon` conforms for real; tests conform with a platform that has no kernel.
public protocol Platform: Sendable {
    func status() async -> PlatformStatus
    func coverage() async -> Coverage

    /// Installs policies beside those in force, replacing the ones of the same name, all of them or none.
    ///
    /// - Throws: `PlatformError`; what was in force stays in force then.
    func apply(_ policies: [Policy]) async throws(PlatformError) -> PolicyReceipt
    func remove(policy name: String) async throws(PlatformError) -> PolicyReceipt
    func policies() async -> [InstalledPolicy]

    /// Living processes, in order of start.
    func processes() async -> [Process]

    /// Subscribes to events from now on. The subscription ends when it is released or the platform stops.
    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription
}

/// A bounded queue of one subscriber. When it overflows the oldest stay, new ones are counted and a gap is delivered.
public protocol EventSubscription: AnyObject, Sendable {
    /// The next elements, at least one, at most some hundreds; `nil` when the platform stops or `cancel` was called.
    func next() async -> [StreamElement]?
    func cancel()
}
