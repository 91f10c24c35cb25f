// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport
import Synchronization

/// `sallyport integrity scan`
struct IntegrityScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Have checks look now, and wait for them.",
        discussion: """
            A violation counts when it was seen several times, so that what the kernel is changing just now isn't one. Ends \
            with status 1 if there is a violation.

            EXAMPLES
              sallyport integrity scan
              sallyport integrity scan kernel-text modules
            """)

    @Argument(help: "Names of checks; all, if none is named.")
    var checks: [String] = []

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let streams = options.streams
        let isShown = options.output == .human && streams.output.isTerminal
        let done = Mutex<[IntegrityStatus.Check]>([])
        try await options.withPlatform { client in
            try await client.integrity.scan(checks) { progress in
                switch progress.step {
                case .begun(let name):
                    if isShown {
                        try? streams.print([
                            "\(progress.completed + 1) of \(progress.total): \(VisibleText(name).text) …"
                        ])
                    }
                case .done(let check): done.withLock { $0.append(check) }
                }
            }
        }
        let results = done.withLock { $0 }
        let violations = results.reduce(0) { $0 + $1.violations }
        try options.print(
            json: ["checks": .array(results.map { .object($0.json) }), "violations": .number(violations)]
        ) { screen in
            results.flatMap { $0.outcome(screen) }
                + (violations == 0 ? [] : ["`sallyport integrity report` says what was found"])
        }
        if violations > 0 { throw ExitCode(CommandStatus.findings.rawValue) }
    }
}

extension IntegrityStatus.Check {
    fileprivate func outcome(_ screen: Screen) -> [String] {
        let extent = VisibleText(extent).text
        var lines = ["\(VisibleText(name).text): \(verdict(screen)), \(extent) in \(duration / 1_000_000) ms"]
        for gap in gaps { lines.append("  not looked at: \(VisibleText(gap).text)") }
        return lines
    }

    /// What its last look came to; one that couldn't look at anything says of nothing that it is intact.
    private func verdict(_ screen: Screen) -> String {
        if violations > 0 { return screen.style.red("\(violations) found") }
        return extent.isEmpty && !gaps.isEmpty ? screen.style.yellow("not known") : screen.style.green("intact")
    }
}
