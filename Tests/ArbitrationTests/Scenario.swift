// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

/// A transcript over virtual time: lines that say what happens, and below each, after `->`, what has to come of it.
///
///     0 join acme deadline 100ms fallback deny
///     1ms ask file 7
///     -> deliver 1 to acme by 101ms
///     -> due 101ms
///     -> retract 1 from acme: deadline
///     -> report missed 1 acme deny strike
///     -> settle 1 deny timed-out acme: acme deny timed-out
///     200ms
///
/// A line's time first lets everything come due that is due until then, at its own time. A client is named after its
/// vendor; `acme/2` is a second one of `acme`.
struct Scenario {
    private(set) var arbitration: Arbitration
    private(set) var transcript: [String] = []
    private var clients: [String: ClientID] = [:]
    /// Whether what is told to forget is shown: every join tells.
    private let showsForgetting: Bool

    init(limits: ArbitrationLimits, showsForgetting: Bool) {
        arbitration = Arbitration(limits: limits)
        self.showsForgetting = showsForgetting
    }

    /// Runs the lines and compares all that comes of them.
    @discardableResult
    static func expect(
        _ text: String, limits: ArbitrationLimits = ArbitrationLimits(), showsForgetting: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Arbitration {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        var scenario = Scenario(limits: limits, showsForgetting: showsForgetting)
        for line in lines where !line.hasPrefix("->") { try scenario.perform(line) }
        let found = scenario.transcript
        let firstDifference = zip(lines, found).prefix { $0 == $1 }.count
        if lines != found {
            Issue.record(
                """
                expected: \(firstDifference < lines.count ? lines[firstDifference] : "nothing more")
                found:    \(firstDifference < found.count ? found[firstDifference] : "nothing more")
                in all:
                \(found.joined(separator: "\n"))
                """, sourceLocation: sourceLocation)
        }
        return scenario.arbitration
    }

    mutating func perform(_ line: String) throws {
        var words = ScenarioWords(line)
        let now = try words.time()
        while let due = arbitration.nextDeadline, due <= now {
            transcript.append("-> due \(ScenarioWords.text(of: due))")
            write(arbitration.advance(due))
        }
        transcript.append(line)
        guard let verb = words.next() else { return write(arbitration.advance(now)) }
        switch verb {
        case "join":
            let name = try words.word()
            let terms = try words.terms()
            do throws(ArbitrationError) {
                write(try arbitration.authoriserJoined(client(name), vendor: vendor(name), terms: terms, now: now))
            } catch {
                transcript.append("-> refused: \(error)")
            }
        case "leave": write(arbitration.authoriserLeft(client(try words.word()), now: now))
        case "ask": write(arbitration.ask(try words.seed(), now: now).actions)
        case "withdraw": write(arbitration.withdraw(try words.number(), now: now))
        case "guard":
            let verdict = try words.verdict()
            write(arbitration.guardApplied(verdict, to: try words.number(), now: now))
        case "flush": write(arbitration.flush(try words.scope(), try words.reason(), now: now))
        case "stop": write(arbitration.stop(now: now))
        default:
            let (answer, id, content) = try words.answer()
            write(arbitration.answer(answer, to: id, from: client(verb), content: content, now: now))
        }
    }

    private mutating func client(_ name: String) -> ClientID {
        if let client = clients[name] { return client }
        clients[name] = ClientID(rawValue: UInt64(clients.count + 1))
        return clients[name]!
    }

    private func name(_ client: ClientID) -> String { clients.first { $0.value == client }?.key ?? "nobody" }

    private func vendor(_ name: String) -> String { String(name.prefix { $0 != "/" }) }

    private mutating func write(_ actions: [ArbitrationAction]) {
        for action in actions {
            if case .forget = action, !showsForgetting { continue }
            transcript.append("-> " + text(of: action))
        }
    }

    private func text(of action: ArbitrationAction) -> String {
        switch action {
        case .deliver(let question, let client):
            "deliver \(question.id) to \(name(client)) by \(ScenarioWords.text(of: question.deadline))"
        case .settle(let id, let outcome, let cache): "settle \(id) \(text(of: outcome))\(text(of: cache))"
        case .retract(let id, let client, let why): "retract \(id) from \(name(client)): \(why.rawValue)"
        case .forget(let scope, let why): "forget \(text(of: scope)): \(why.rawValue)"
        case .report(let report): "report \(text(of: report))"
        }
    }

    private func text(of outcome: QuestionOutcome) -> String {
        let who =
            switch outcome.cause {
            case .answered(let vendor): " " + vendor
            case .timedOut(let vendors): " " + vendors.joined(separator: ",")
            default: ""
            }
        let votes = outcome.votes.map { "\($0.vendor) \($0.verdict.rawValue) \($0.source.rawValue)" }
        let list = votes.isEmpty ? "" : ": " + votes.joined(separator: ", ")
        return "\(outcome.verdict.rawValue) \(outcome.cause.word)\(who)\(list)"
    }

    private func text(of cache: Answer.CacheHint) -> String {
        guard case .file(let lifetime) = cache else { return "" }
        return "; stands" + (lifetime.map { " " + ScenarioWords.text(of: $0) } ?? "")
    }

    private func text(of scope: FlushScope) -> String {
        switch scope {
        case .file(let file): "file \(file.inode)"
        case .vendor(let name): name
        case .everything: "everything"
        }
    }

    private func text(of report: ArbitrationReport) -> String {
        switch report {
        case .missed(let id, let client, _, let applied, let isStrike):
            "missed \(id) \(name(client)) \(applied.rawValue)\(isStrike ? " strike" : "")"
        case .demoted(let vendor, let until): "demoted \(vendor) until \(ScenarioWords.text(of: until))"
        case .restored(let vendor): "restored \(vendor)"
        case .queueFull(let id, let client, _, let limit, let applied):
            "full \(id) \(name(client)) \(limit.rawValue) \(applied.rawValue)"
        case .clientLost(let client, _, let questions): "lost \(name(client)) with \(questions)"
        case .refused(let id, let client, let why): "refused \(id) \(name(client)): \(why.rawValue)"
        case .limited(let client, _, _, let granted):
            "limited \(name(client)) to \(ScenarioWords.text(of: granted.deadline)) and \(granted.capacity)"
        case .flushed(let scope, let why, let verdicts): "flushed \(text(of: scope)): \(why.rawValue) \(verdicts)"
        }
    }
}
