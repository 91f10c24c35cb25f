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
    /// - Parameter caller: a vendor replaces policies of its own only, whatever their names; the site any.
    /// - Throws: `PlatformError`; what was in force stays in force then.
    func apply(_ policies: [Policy], by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt
    /// - Parameter caller: a vendor removes policies of its own only; others are unknown to it.
    func remove(policy name: String, by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt
    /// Puts the policies of a bundle that the site's authority signed in force in place of all of the site's.
    ///
    /// - Throws: `PlatformError`, with `bundleRefused` for another signature or a version that isn't higher than the last.
    func apply(_ bundle: SignedPolicyBundle) async throws(PlatformError) -> PolicyReceipt
    func policies() async -> [InstalledPolicy]

    /// Living processes, in order of start.
    func processes() async -> [Process]
    /// A living process with those that it descends from, nearest first; `nil` when it isn't known.
    ///
    /// - Parameter identity: a start time of 0 means whichever has the pid now.
    func process(_ identity: ProcessIdentity) async -> (process: Process, ancestors: [Process])?

    /// Subscribes to events from now on. The subscription ends when it is released or the platform stops.
    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription

    /// Subscribes for a process of this machine that reads its ring itself.
    func handOver(_ filter: EventFilter, to pid: Int32) async throws(PlatformError) -> RingOffer

    /// Begins to ask an agent. What it may be asked is checked before.
    func authorise(
        _ authorisation: Authorisation, for caller: Caller
    ) async throws(PlatformError) -> any AuthoriserSession
    /// Drops what a vendor's answers left in the verdict cache; says how many.
    func flushVerdicts(of caller: CallerIdentity) async -> UInt64

    /// Which boot of the machine this is (`/proc/sys/kernel/random/boot_id`).
    var boot: String { get }
    /// Bounds that concern clients, beside the API's own.
    var limits: [NamedLimit] { get }
}

/// One agent that is asked. It is bounded by the limit `questions-in-flight`.
public protocol AuthoriserSession: AnyObject, Sendable {
    var terms: AuthorisationTerms { get }
    /// The next messages, at least one; `nil` when the platform stops, ends the session or `cancel` was called.
    func next() async -> [AuthoriserMessage]?
    /// Never waits. What can't count is told of by a notice.
    func answer(_ question: UInt64, with answer: Answer)
    /// Open questions get their fallback.
    func cancel()
    /// Why the platform has ended the session; `nil` otherwise.
    var refusal: PlatformError? { get }
    /// Offers the agent a channel of packets. Once it has taken it, messages go by that one and `next` waits for the end.
    /// `nil` where there is none.
    func offerChannel() -> ChannelOffer?
}

extension AuthoriserSession {
    public func offerChannel() -> ChannelOffer? { nil }
}

/// One subscriber's stream, bounded: when it overflows the oldest stay, new ones are counted and a gap is delivered.
public protocol EventSubscription: AnyObject, Sendable {
    /// The next elements, at least one, at most some hundreds; `nil` when the platform stops or `cancel` was called.
    func next() async -> [StreamElement]?
    /// Puts a marker into the stream, behind everything that has happened so far: `StreamElement.sync`.
    ///
    /// - Throws: `subscriberFull` when there is no room for it until more has been read.
    func mark(_ marker: UInt64) throws(PlatformError)
    func cancel()
}
