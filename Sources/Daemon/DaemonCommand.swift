// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import EndpointModel
import Gate
import Glibc
import Logging
import ServiceLifecycle
import Sessions
import UnixSignals

/// `sallyportd`, the platform's daemon.
public struct DaemonCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "sallyportd",
        abstract: "The Sallyport platform: watches and decides what happens on this machine.",
        discussion: """
            Runs in the foreground and logs to standard error. SIGTERM ends it in order and lifts enforcement; when it is \
            killed, the kernel goes on deciding by the last policies until it is started again.

            Example:
              sallyportd --state /var/lib/sallyport --run /run/sallyport
            """,
        version: PlatformCore.version,
        subcommands: [GuardCommand.self])

    @Option(name: .customLong("state"), help: "Directory for policies; created when missing.")
    var stateDirectory = "/var/lib/sallyport"

    @Option(name: .customLong("run"), help: "Directory for the socket; created when missing.")
    var runDirectory = "/run/sallyport"

    @Option(name: .customLong("socket"), help: "The API's socket. (default: RUN/sallyportd.sock)")
    var socketPath: String?

    @Option(
        name: .customLong("agents-socket"), help: "The API's socket for vendors' agents. (default: RUN/agents.sock)")
    var agentSocketPath: String?

    @Option(
        name: .customLong("gate-mount"),
        help: "Hold executions on the mount of this path for a verdict, where the kernel can't decide. Repeatable.")
    var gateMounts: [String] = []

    @Option(
        name: .customLong("gate-guard"),
        help: "What happens to what is held while the daemon is stopped or dead: allow, deny or kernel.")
    var guardMode = "allow"

    @Option(name: .customLong("tier"), help: "The highest tier to use: enforce, gate or observe.")
    var ceiling = "enforce"

    @Option(
        name: .customLong("ring-bytes"),
        help: "Size of the ring of records between kernel and daemon: a power of two, 65536 to 1073741824.")
    var ringBytes: UInt32 = 16 << 20

    @Option(
        name: .customLong("deadline-minimum"),
        help: "The shortest time that an agent may declare to answer in, milliseconds.")
    var deadlineMinimum = Rule.timeoutRange.lowerBound

    @Option(
        name: .customLong("deadline-maximum"),
        help: "The longest time that an agent may hold an operation up, milliseconds; longer ones are shortened to it.")
    var deadlineMaximum = Rule.timeoutRange.upperBound

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    public init() {}

    public func validate() throws {
        guard Tier(rawValue: ceiling) != nil else {
            throw ValidationError("--tier takes enforce, gate or observe, not '\(ceiling)'")
        }
        guard GuardMode(rawValue: guardMode) != nil else {
            throw ValidationError("--gate-guard takes allow, deny or kernel, not '\(guardMode)'")
        }
        guard ringBytes.nonzeroBitCount == 1, (1 << 16...1 << 30).contains(ringBytes) else {
            throw ValidationError("--ring-bytes takes a power of two from 65536 to 1073741824, not \(ringBytes)")
        }
        for (option, value) in [("--deadline-minimum", deadlineMinimum), ("--deadline-maximum", deadlineMaximum)]
        where !Rule.timeoutRange.contains(value) {
            throw ValidationError(
                "\(option) takes \(Rule.timeoutRange.lowerBound) to \(Rule.timeoutRange.upperBound) milliseconds, not"
                    + " \(value)")
        }
        guard deadlineMinimum <= deadlineMaximum else {
            throw ValidationError(
                "--deadline-minimum (\(deadlineMinimum)) is above --deadline-maximum (\(deadlineMaximum)): give one of"
                    + " both another value")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level takes trace, debug, info, notice, warning, error or critical")
        }
        guard !(Tier(rawValue: ceiling) == .gate && gateMounts.isEmpty) else {
            throw ValidationError("--tier gate needs at least one --gate-mount PATH")
        }
    }

    public func run() async throws {
        var logger = Logger(label: "sallyportd") { _ in ServiceLogHandler() }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        guard geteuid() == 0 else {
            logger.error(
                "sallyportd needs root: loading kernel programs takes CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN. Start it as root, or by systemctl start sallyportd"
            )
            throw ExitCode(3)
        }
        let options = PlatformRuntime.Options(
            stateDirectory: stateDirectory, socketPath: socketPath ?? runDirectory + "/sallyportd.sock",
            agentSocketPath: agentSocketPath ?? runDirectory + "/agents.sock",
            handoverPath: runDirectory + "/handover.sock",
            gateMounts: gateMounts, guardMode: GuardMode(rawValue: guardMode) ?? .allow,
            ceiling: Tier(rawValue: ceiling) ?? .enforce, ringBytes: ringBytes,
            deadlines: deadlineMinimum...deadlineMaximum)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: PlatformRuntime(options: options, logger: logger),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        do {
            try await group.run()
        } catch let error as StartupError {
            logger.error("\(error)")
            throw ExitCode(error.status)
        } catch {
            logger.error("\(error)")
            throw ExitCode(1)
        }
    }

    /// Parses, runs and exits: 0 in order, 1 failed, 2 usage, 3 rights missing.
    public static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let text = fullMessage(for: error)
            let clean = exitCode(for: error) == .success
            _ = (text + "\n").withCString { write(clean ? STDOUT_FILENO : STDERR_FILENO, $0, strlen($0)) }
            Glibc.exit(clean ? 0 : 2)
        }
    }
}
