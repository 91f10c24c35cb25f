// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel

/// A schedule made up from a seed: clients come, go, answer, are late, answer twice; the driver is up to 50 ms late itself.
struct RandomSchedule {
    private static let vendors = ["acme", "bolt", "core"]

    private var random: SplitMix
    private var arbiter: Arbiter
    private let limits: ArbitrationLimits
    private var now: UInt64 = 0
    private var clients: [ClientID] = []
    private var nextClient: UInt64 = 1
    /// Deliveries, also of what is settled: late and second answers come from these.
    private var delivered: [(question: UInt64, client: ClientID)] = []
    private var questions: UInt64 = 0

    init(seed: UInt64, fault: Arbiter.Fault? = nil) {
        random = SplitMix(state: seed)
        var limits = ArbitrationLimits()
        limits.questionsInFlight = 1 + Int(random.next() % 5)
        limits.allQuestionsInFlight = 1 + Int(random.next() % 8)
        limits.strikes = 1 + Int(random.next() % 3)
        limits.strikeWindow = (1 + random.next() % 3) * ArbitrationLimits.second
        limits.coolOff = (1 + random.next() % 2) * ArbitrationLimits.second
        limits.cachedVerdicts = 3
        limits.settledQuestions = 8
        self.limits = limits
        arbiter = Arbiter(limits: limits, fault: fault)
    }

    var counters: ArbitrationCounters { arbiter.counters }

    mutating func run() -> InvariantChecker {
        var checker = InvariantChecker(limits: limits)
        let steps = 40 + random.next() % 60
        for step in 0..<steps {
            let input = step < 3 ? join() : step == steps - 5 && chance(20) ? .stop : input()
            let next = now + (chance(10) ? 300 : random.next() % 30) * ArbitrationLimits.millisecond
            wait(until: next, &checker)
            perform(input, &checker)
        }
        while let due = arbiter.nextDeadline, due < now + 300 * ArbitrationLimits.second {
            wait(until: due + ArbitrationLimits.settlementGrace, &checker)
        }
        checker.finish()
        return checker
    }

    /// Lets everything come due, each a little late.
    private mutating func wait(until time: UInt64, _ checker: inout InvariantChecker) {
        while let due = arbiter.nextDeadline {
            let late = chance(50) ? 0 : random.next() % ArbitrationLimits.settlementGrace
            guard due + late <= time else { break }
            now = max(now, due + late)
            perform(.wait, &checker)
        }
        // Not beyond what the driver may be late by.
        let latest = arbiter.nextDeadline.map { $0 + ArbitrationLimits.settlementGrace } ?? .max
        now = max(now, min(time, latest))
    }

    private mutating func perform(_ input: ArbitrationInput, _ checker: inout InvariantChecker) {
        let actions = arbiter.perform(input, now: now)
        if case .ask = input { questions += 1 }
        if case .leave(let client) = input { clients.removeAll { $0 == client } }
        if case .join(let client, _, _) = input, !clients.contains(client) { clients.append(client) }
        for case .deliver(let question, let client) in actions { delivered.append((question.id, client)) }
        checker.observe(input, actions, now: now)
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    private mutating func verdict() -> Rule.Fallback { chance(60) ? .allow : .deny }

    private mutating func input() -> ArbitrationInput {
        switch random.next() % 100 {
        case 0..<35: .ask(seed())
        case 35..<75: answer()
        case 75..<80: clients.count < 6 ? join() : .wait
        case 80..<85: clients.randomElement(using: &random).map { .leave($0) } ?? join()
        case 85..<88: .withdraw(1 + random.next() % (questions + 1))
        case 88..<91: .guardApplied(verdict(), to: 1 + random.next() % (questions + 1))
        case 91..<95: flush()
        default: .wait
        }
    }

    private mutating func join() -> ArbitrationInput {
        let client = ClientID(rawValue: nextClient)
        nextClient += 1
        let operation: Operation = chance(80) ? .processExec : .fileOpen
        let access: Set<Access> = operation == .fileOpen ? (chance(50) ? [.read] : [.read, .write]) : []
        return .join(
            client, vendor: Self.vendors.randomElement(using: &random)!,
            AuthoriserTerms(
                operations: [operation], fileAccess: access,
                deadline: (10 + random.next() % 200) * ArbitrationLimits.millisecond, fallback: verdict(),
                queueFull: verdict(), capacity: 1 + Int(random.next() % UInt64(limits.questionsInFlight))))
    }

    private mutating func seed() -> QuestionSeed {
        var file = FileObject(path: ObservedPath("/bin/true"))
        file.identity.inode = random.next() % 3
        let operation: Operation = chance(80) ? .processExec : .fileOpen
        let access: [Access] = operation == .fileOpen ? (chance(50) ? [.write] : [.read, .write]) : []
        let exemption: QuestionSeed.Exemption =
            chance(5) ? .ofPlatform : chance(5) ? .ofVendor(Self.vendors.randomElement(using: &random)!) : .none
        return QuestionSeed(
            operation: operation, access: access,
            subject: Process(identity: ProcessIdentity(pid: 1, startTime: 0, execCount: 0)), file: file,
            fallback: verdict(),
            timeout: chance(20) ? (10 + random.next() % 100) * ArbitrationLimits.millisecond : nil,
            isByPolicy: chance(30),
            content: chance(70)
                ? ContentKey(operation: operation, access: access, file: file, changeTime: 0) : nil,
            exemption: exemption)
    }

    private mutating func answer() -> ArbitrationInput {
        guard !delivered.isEmpty else { return .wait }
        // Mostly of late, sometimes of long ago or of nobody.
        let recent = delivered.suffix(chance(80) ? 6 : 30)
        let (question, client) = recent.randomElement(using: &random)!
        let digest = chance(15) ? Digest(bytes: [UInt8](repeating: 1, count: 32)) : nil
        let content = chance(50) ? Digest(bytes: [UInt8](repeating: UInt8(random.next() % 2), count: 32)) : nil
        let lifetime = chance(50) ? nil : (1 + random.next() % 400) * ArbitrationLimits.millisecond
        let answer = Answer(
            chance(75) ? .allow : .deny, cache: chance(40) ? .file(lifetime: lifetime) : .none, digest: digest)
        let sender = chance(5) ? ClientID(rawValue: 1 + random.next() % 9) : client
        return .answer(answer, to: question, from: sender, content: content)
    }

    private mutating func flush() -> ArbitrationInput {
        switch random.next() % 3 {
        case 0:
            var file = FileIdentity()
            file.inode = random.next() % 3
            return .flush(.file(file), .fileWritten)
        case 1: return .flush(.vendor(Self.vendors.randomElement(using: &random)!), .vendorChanged)
        default: return .flush(.everything, .policyChanged)
        }
    }
}
