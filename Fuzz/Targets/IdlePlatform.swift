// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions

/// A platform, and a registry, that take everything and do nothing.
struct IdlePlatform: Platform, VendorAdministration {
    static let refusal = PlatformError(.policyNotFound, "there is nothing here")
    private static let vendor = Vendor(name: "vendor", state: .active, ceiling: .none, enrolledAt: 1)

    func status() async -> PlatformStatus {
        PlatformStatus(
            ready: true, version: "0", tier: .observe, sealed: false, kernel: "0", pid: 1, startedAt: 0, generation: 0,
            policies: 0, rules: 0, vendors: 0, processes: 0, events: EventCounts())
    }

    func coverage() async -> Coverage { Samples.greeting.coverage }
    func apply(_ policies: [Policy], by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt {
        PolicyReceipt(generation: 1, policies: policies.count, rules: 0, patterns: 0, states: 0, notes: [])
    }
    func remove(policy name: String, by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt {
        throw Self.refusal
    }
    func apply(_ bundle: SignedPolicyBundle) async throws(PlatformError) -> PolicyReceipt { throw Self.refusal }
    func policies() async -> [InstalledPolicy] { [] }
    func processes() async -> [Process] { [Samples.process] }
    func process(_ identity: ProcessIdentity) async -> (process: Process, ancestors: [Process])? { nil }
    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription { EndedSubscription() }
    func handOver(_ filter: EventFilter, to pid: Int32) async throws(PlatformError) -> RingOffer { throw Self.refusal }
    func authorise(
        _ authorisation: Authorisation, for caller: Caller
    ) async throws(PlatformError) -> any AuthoriserSession { PatientAuthoriser(authorisation) }
    func flushVerdicts(of caller: CallerIdentity) async -> UInt64 { 0 }
    var boot: String { "b" }
    var limits: [NamedLimit] { [] }

    func authority() async throws(PlatformError) -> VendorAuthority { throw Self.refusal }
    func initAuthority(name: String) async throws(PlatformError) -> VendorAuthority { throw Self.refusal }
    func importAuthority(certificate: String, key: String?) async throws(PlatformError) -> VendorAuthority {
        throw Self.refusal
    }
    func enrol(_ enrolment: VendorEnrolment) async throws(PlatformError) -> EnrolledVendor { throw Self.refusal }
    func renew(_ name: String, request: String, validity: UInt64?) async throws(PlatformError) -> EnrolledVendor {
        throw Self.refusal
    }
    func vendors() async -> [Vendor] { [Self.vendor] }
    func vendor(named name: String) async throws(PlatformError) -> Vendor { Self.vendor }
    func suspend(_ name: String) async throws(PlatformError) -> Vendor { Self.vendor }
    func resume(_ name: String) async throws(PlatformError) -> Vendor { Self.vendor }
    func revoke(_ name: String) async throws(PlatformError) -> Vendor { Self.vendor }
}

/// What has nothing to tell, so that the call ends.
private final class EndedSubscription: EventSubscription {
    func next() async -> [StreamElement]? { nil }
    func mark(_ marker: UInt64) throws(PlatformError) {}
    func cancel() {}
}

/// Asks once and waits until the call ends, so that answers are read.
private final class PatientAuthoriser: AuthoriserSession {
    let terms: AuthorisationTerms
    let refusal: PlatformError? = nil
    private let messages = AsyncStream<[AuthoriserMessage]>.makeStream()

    init(_ authorisation: Authorisation) {
        terms = AuthorisationTerms(deadlineMilliseconds: authorisation.deadlineMilliseconds, questionsInFlight: 1)
        messages.continuation.yield([.question(Samples.question)])
    }

    func next() async -> [AuthoriserMessage]? {
        for await messages in messages.stream { return messages }
        return nil
    }

    func answer(_ question: UInt64, with answer: Answer) {}
    func cancel() { messages.continuation.finish() }
}
