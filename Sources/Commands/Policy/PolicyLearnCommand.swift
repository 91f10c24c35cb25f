// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
package import EndpointModel
import Glibc
import PolicyTools
import Sallyport

/// `sallyport policy learn`
struct PolicyLearnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Propose a policy from what is seen: allow that, deny the rest of what was asked about.",
        discussion: """
            Without --events, it puts a temporary policy NAME-learning in force, in mode audit: it denies nothing, but \
            everything that --on and --subject-exe ask about is reported. It watches for --duration, or until Ctrl-C, \
            removes that policy and prints the proposal. (If it is killed, `sallyport policy remove NAME-learning` does \
            that.) With --events, it reads lines of `sallyport watch --output json` instead, without the platform.

            The proposal permits exactly what was seen, the least first, and denies the rest of the operations asked \
            about, to the programs asked about only. With --generalize directory, DIRECTORY/* stands for at least --files \
            files of one directory, never of one that everybody may write to. What no rule can say exactly, such as a file \
            without a path, isn't permitted; the comment at the top counts it. The proposal is in mode audit unless --mode \
            says otherwise. Read it before you apply it: what an attacker did while it was learned is in it as well.

            Ends with status 1 when nothing was seen that a rule could permit.

            EXAMPLES
              sallyport policy learn --name web --on process.exec,file.open --subject-exe /usr/sbin/nginx --duration 10m
              sallyport policy learn --name web --on image.load --events recorded.jsonl --generalize directory
            """)

    @Option(help: "The name of the policy that is proposed.")
    var name: String

    @Option(help: ArgumentHelp("Operations, or classes of them, separated by commas.", valueName: "operations"))
    var on: OperationList

    @Option(help: ArgumentHelp("Only programs whose executable matches this pattern.", valueName: "pattern"))
    var subjectExe: PatternArgument?

    @Option(help: ArgumentHelp("How long to watch (30s, 10m); until Ctrl-C without.", valueName: "duration"))
    var duration: DurationArgument?

    @Option(
        help: ArgumentHelp("A file of recorded events instead; - is standard input.", valueName: "path"),
        completion: .file())
    var events: String?

    @Option(help: "Whether files may stand for their directory.")
    var generalize: GeneralizationArgument = .none

    @Option(help: ArgumentHelp("With --generalize directory: how many files it takes.", valueName: "number"))
    var files = 8

    @Option(help: "The mode of the policy that is proposed.")
    var mode: WordArgument<Policy.Mode> = WordArgument(word: .audit)

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard Policy.isName(name), Policy.isName(name + "-learning") else {
            throw ValidationError("--name must be \(Policy.nameGrammar); nine bytes less, for the temporary policy.")
        }
        guard operations.contains(where: { OperationCatalogue.description(of: $0).canDeny }) else {
            throw ValidationError("--on names only what can be observed, not decided.")
        }
        if events != nil, duration != nil { throw ValidationError("--duration is for watching, not for --events.") }
        if files < 2 { throw ValidationError("--files must be at least 2.") }
    }

    /// Those that can be decided.
    private var operations: Set<Operation> {
        on.operations.filter { OperationCatalogue.description(of: $0).canDeny }
    }

    private var request: PolicyLearner.Request {
        var request = PolicyLearner.Request(name: name, operations: operations, subject: subjectExe?.pattern)
        request.mode = mode.word
        request.generalization = generalize == .directory ? .directory(files: files) : .none
        return request
    }

    func run() async throws {
        let learner: PolicyLearner
        if let events {
            var reader = PolicyLearner(request)
            try RecordedEvent.forEach(of: events) { reader.take($0) }
            learner = reader
        } else {
            learner = try await LearningSession(request, duration: duration?.duration, options).run()
        }
        let report = PolicyLearnReport(learner)
        guard let policy = report.policy else {
            throw CommandFailure(.findings, report.sentences.joined(separator: "\n"))
        }
        do {
            _ = try CheckedPolicies([policy])
        } catch {
            throw CommandFailure(
                .findings, "what was seen makes no policy: \(error)\nAsk about fewer programs or operations.")
        }
        try options.print(json: report.json) { _ in report.yaml }
    }
}

/// Whether files may stand for their directory.
package enum GeneralizationArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case none
    case directory
}

/// A path pattern.
package struct PatternArgument: ExpressibleByArgument, Hashable, Sendable {
    package var pattern: PathPattern

    package init?(argument: String) {
        guard let pattern = try? PathPattern(argument) else { return nil }
        self.pattern = pattern
    }
}
