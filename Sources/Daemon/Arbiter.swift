// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Gate
import Glibc
import Handover
import LinuxSystem
import Logging
import Sensor
import Sessions
import Subscribers
import Synchronization

/// The shell around the arbitration: it feeds the state machine and carries out what it says.
///
/// ## Concurrency model
/// Questions come from the gate's thread, answers from the API's tasks, deadlines from a thread of its own. One lock is
/// held around each step of the state machine and the queueing of what follows from it, so that an agent is told of a
/// question before it is told of its end; verdicts are given to the gate and reported after it was released.
final class Arbiter: Sendable {
    struct State {
        var arbitration: Arbitration
        var queues: [ClientID: AuthoriserQueue] = [:]
        var nextClient: UInt64 = 1
        /// Questions in flight, with what is held for them.
        var held: [UInt64: HeldQuestion] = [:]
        /// Operations that wait for the verdicts of several questions.
        var parts: [HeldOperation.ID: HeldParts] = [:]
        /// Whether a rule in force denies what it asks about and nobody answers.
        var rulesDeny = false
        /// When the first of the verdicts ends that files pass by; nanoseconds of CLOCK_BOOTTIME.
        var passesEnd: UInt64?
    }

    struct HeldQuestion {
        var id: HeldOperation.ID
        /// Who waits for the verdict.
        var thread: Int32
        var seed: QuestionSeed
        /// The rule that asks, if one does.
        var question: PolicyQuestion?
    }

    /// The verdicts that one answer is for; any deny is the answer.
    struct HeldParts {
        /// All questions by number, with and without a verdict.
        var questions: [UInt64] = []
        var open: Int
        /// What the file may pass by, if all verdicts let it; `nil` if it mayn't whatever they say.
        var ticket: PassTicket?
    }

    let state: Mutex<State>
    let sensor: Sensor
    let logger: Logger
    let marks: GateMarks
    let wakeUp: WakeUp
    let subscribers: SubscriberTable
    let accounts: VendorAccounts
    private let handover: HandoverServer
    /// How often is looked whether somebody still waits for a verdict. Nanoseconds.
    private static let abandonmentInterval = 250 * ArbitrationLimits.millisecond
    /// How long a verdict has to stand for a file to pass by it: when the first one ends, all are asked about again.
    /// Nanoseconds.
    static let shortestPass = 10_000 * ArbitrationLimits.millisecond

    private let stopping = Mutex(false)
    /// When that was looked at last.
    private let lastLook = Mutex<UInt64>(0)
    private let timer = Mutex<SystemThread?>(nil)

    init(
        limits: ArbitrationLimits, marks: GateMarks, sensor: Sensor, subscribers: SubscriberTable,
        accounts: VendorAccounts, handover: HandoverServer, logger: Logger
    ) throws {
        self.handover = handover
        state = Mutex(State(arbitration: Arbitration(limits: limits)))
        self.accounts = accounts
        self.marks = marks
        self.sensor = sensor
        self.subscribers = subscribers
        self.logger = logger
        wakeUp = try WakeUp()
        let thread = try SystemThread(name: "deadlines") { [self] in
            while !stopping.withLock({ $0 }) {
                wakeUp.wait(until: nextTick())
                step { state, now in state.arbitration.advance(now) }
                endPasses()
                withdrawAbandoned()
            }
        }
        timer.withLock { $0 = thread }
    }

    /// Gives what is in flight its defaults, and ends all sessions.
    func stop() {
        step { state, now in state.arbitration.stop(now: now) }
        let queues = state.withLock { state in
            defer { state.queues.removeAll() }
            return Array(state.queues.values)
        }
        for queue in queues { queue.end(nil) }
        stopping.withLock { $0 = true }
        wakeUp.call()
        timer.withLock { $0 }?.join()
    }

    // MARK: Openers that are gone

    /// When the deadlines' thread has something to do: at the next deadline, and a while after a question was put.
    private func nextTick() -> UInt64? {
        let (due, isHolding) = state.withLock { state in
            ([state.arbitration.nextDeadline, state.passesEnd].compactMap(\.self).min(), !state.held.isEmpty)
        }
        guard isHolding else { return due }
        return min(due ?? .max, Clock.boot() + Self.abandonmentInterval)
    }

    /// Has files asked about again once one of them passes by a verdict that has ended.
    private func endPasses() {
        let now = Clock.boot()
        let isDue = state.withLock { state in
            guard let end = state.passesEnd, end <= now else { return false }
            state.passesEnd = nil
            return true
        }
        if isDue { marks.flush(.verdictExpired) }
    }

    /// Withdraws the questions whose opener was killed: the kernel waits for no answer any more, and they would keep their
    /// room until their deadline.
    private func withdrawAbandoned() {
        let now = Clock.boot()
        let isDue = lastLook.withLock { last in
            guard now - last >= Self.abandonmentInterval else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let waiting = state.withLock { state in state.held.map { (question: $0.key, thread: $0.value.thread) } }
        let threads = Set(waiting.map(\.thread)).filter { !ProcFS.isAlive($0) }
        guard !threads.isEmpty else { return }
        step { state, now in
            waiting.filter { threads.contains($0.thread) }
                .flatMap { state.arbitration.withdraw($0.question, now: now) }
        }
    }

    // MARK: Agents

    /// Begins to ask an agent. - Throws: when a limit is reached, or what it wants to be asked about can't be held.
    func join(
        _ authorisation: Authorisation, for caller: Caller
    ) throws(PlatformError) -> any AuthoriserSession {
        let terms = AuthoriserTerms(authorisation)
        let vendor = caller.identity.name
        let notes = try marks.hold(GatedOperations(authorisation), agent: true)
        let client: ClientID = state.withLock { state in
            defer { state.nextClient += 1 }
            return ClientID(rawValue: state.nextClient)
        }
        // Found out before it is asked: its own operations are told by it.
        let process =
            Lineage.of(caller.peer.pid, in: sensor).first
            ?? ProcessIdentity(pid: caller.peer.pid, startTime: 0, execCount: 0)
        let bound = BoundAnswers { [weak self] question, answer in
            self?.apply(answer, to: question, from: client, content: self?.content(of: question))
        }
        var failure: ArbitrationError?
        var queue: AuthoriserQueue?
        step { state, now in
            do throws(ArbitrationError) {
                let actions = try state.arbitration.authoriserJoined(client, vendor: vendor, terms: terms, now: now)
                let granted = state.arbitration.terms(of: client) ?? terms
                let session = AuthoriserQueue(
                    client: client, vendor: vendor, process: process,
                    deniesByDefault: terms.fallback == .deny || terms.queueFull == .deny,
                    terms: AuthorisationTerms(
                        deadlineMilliseconds: UInt32(granted.deadline / ArbitrationLimits.millisecond),
                        questionsInFlight: granted.capacity, notes: notes),
                    onAnswer: { [weak self] question, answer in
                        self?.answer(question, answer, from: client, bound)
                    },
                    onCancel: { [weak self] in
                        bound.cancel()
                        self?.leave(client, authorisation)
                    },
                    makeChannel: { [weak self] in try self?.makeChannel(for: caller) })
                state.queues[client] = session
                queue = session
                return actions
            } catch {
                failure = error
                return []
            }
        }
        tellDefault()
        if let queue {
            logger.notice(
                "agent is asked from now on",
                metadata: [
                    "vendor": "\(vendor)", "peer-pid": "\(caller.peer.pid)",
                    "operations": "\(authorisation.operations.map(\.rawValue).sorted().joined(separator: " "))",
                ])
            return queue
        }
        marks.release(GatedOperations(authorisation), agent: true)
        guard case .tooManyOfVendor? = failure else {
            throw PlatformError(.authoriserRefused, failure.map { "\($0)" } ?? "the agent can't be asked")
        }
        accounts.count(.authorisers, of: vendor)
        throw PlatformError(.init(.authorisers), failure.map { "\($0)" } ?? "")
    }

    /// A channel that an agent may take over, as it may other descriptors: only root opens the hand-over socket.
    private func makeChannel(for caller: Caller) throws -> (channel: QuestionChannel, offer: ChannelOffer)? {
        guard caller.peer.uid == 0 else { return nil }
        let (channel, peer) = try PacketChannel.pair()
        defer { close(peer) }
        let token = try handover.offer(peer, .channel, to: caller.peer.pid)
        return (QuestionChannel(channel), ChannelOffer(socket: handover.path, token: token.bytes))
    }

    private func leave(_ client: ClientID, _ authorisation: Authorisation) {
        var left = false
        step { state, now in
            left = state.queues.removeValue(forKey: client) != nil
            return left ? state.arbitration.authoriserLeft(client, now: now) : []
        }
        tellDefault()
        if left { marks.release(GatedOperations(authorisation), agent: true) }
    }

    /// Whoever declared a deny for what it isn't asked about in time, has declared it for what nobody is asked about.
    private func tellDefault() {
        let denies = state.withLock { state in
            state.rulesDeny || state.queues.values.contains { $0.deniesByDefault }
        }
        marks.setDefault(allow: !denies)
    }

    /// Notes what a vendor has of the quotas that the state machine keeps account of.
    func noteUse(of vendor: String) {
        let use = state.withLock { $0.arbitration.use(by: vendor) }
        accounts.note([.authorisers: use.authorisers, .questions: use.questions], of: vendor)
    }

    /// Drops what a vendor's answers left in the cache; says how many verdicts that were.
    func flush(vendor: String?) -> UInt64 {
        var dropped = 0
        step { state, now in
            let actions = state.arbitration.flush(vendor.map(FlushScope.vendor) ?? .everything, .requested, now: now)
            for case .report(.flushed(_, _, let verdicts)) in actions { dropped += verdicts }
            return actions
        }
        return UInt64(dropped)
    }

    /// Says whether rules that ask are in force which deny where nobody answers: then what is held and nobody can be asked
    /// about, as too much is held at once, is denied.
    func rules(deny: Bool) {
        state.withLock { $0.rulesDeny = deny }
        tellDefault()
    }

    /// What agents have said so far was said under other policies.
    func policyChanged() {
        step { state, now in state.arbitration.flush(.everything, .policyChanged, now: now) }
    }

    /// Whether a process is an agent that is asked, or was started by one: it may do what it takes to answer.
    func isAgents(_ pid: Int32) -> Bool {
        let agents = state.withLock { state in state.queues.values.map(\.process) }
        guard !agents.isEmpty else { return false }
        return Lineage.of(pid, in: sensor).contains { ancestor in
            // A number alone may be another process's by now.
            agents.contains { Lineage.isSame($0, ancestor) }
        }
    }
}

extension PlatformError.Code {
    static let authoriserRefused = Self(rawValue: "authoriser-refused")
}

extension AuthoriserTerms {
    init(_ authorisation: Authorisation) {
        let opens = authorisation.operations.contains(.fileOpen)
        self.init(
            operations: authorisation.operations,
            fileAccess: opens ? (authorisation.access.isEmpty ? [.read, .write] : authorisation.access) : [],
            deadline: UInt64(authorisation.deadlineMilliseconds) * ArbitrationLimits.millisecond,
            fallback: authorisation.fallback, queueFull: authorisation.whenFull)
    }
}
