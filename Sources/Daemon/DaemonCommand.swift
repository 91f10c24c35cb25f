// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import EndpointModel
import Gate
import Glibc
import KernelIntegrity
import LinuxSystem
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

    @Option(
        name: .customLong("self-protection"),
        help: "Protect the platform itself and what agents ask for, also against root: on or off (tier enforce only).")
    var selfProtection = "on"

    @Option(
        name: .customLong("protect"),
        help:
            "A further file that only the platform may change: its unit (with drop-ins), its configuration. Repeatable."
    )
    var protectedFiles: [String] = []

    @Option(help: "at-start seals the platform as soon as it is up; on-request waits for sallyport seal.")
    var seal = "on-request"

    @Option(
        name: .customLong("seal-allow"),
        help: "What the seal leaves open: modules, tracing, hardware, kexec. Repeatable; with --seal at-start.")
    var sealAllowances: [String] = []

    @Option(
        name: .customLong("sealed-policy"),
        help: "What changes the site's policies under the seal: signed (bundles of the site's authority) or frozen.")
    var sealedPolicy = "signed"

    @Option(
        name: .customLong("policy-authority"),
        help: "The certificate (PEM) of who signs bundles of policies. Default: the authority of vendors.")
    var policyAuthority: String?

    @Option(help: "Watch the kernel's integrity: on or off.")
    var integrity = "on"

    @Option(
        name: .customLong("integrity-fast"),
        help: "Seconds within which the fast checks of integrity find what they can find, 5 to 3600.")
    var integrityFast: UInt32 = 30

    @Option(
        name: .customLong("integrity-full"),
        help: "Seconds within which the kernel's whole text and constants were compared, 30 to 86400.")
    var integrityFull: UInt32 = 300

    @Option(
        name: .customLong("integrity-response"),
        help: """
            What is done about a violation: report, isolate or panic, for all checks; or CHECK=report|isolate|panic for one. \
            Repeatable. (default: report)
            """)
    var integrityResponses: [String] = []

    @Option(
        name: .customLong("isolation-allow"),
        help: """
            An executable that may be started while the machine is isolated, beside sallyportd, the sallyport that lies beside \
            it, and what ends the machine. Repeatable.
            """)
    var isolationAllowed: [String] = []

    @Option(
        name: .customLong("kernel-image"),
        help: "The kernel on disk that its text is compared with. (default: /boot/vmlinuz-RELEASE)")
    var kernelImage: String?

    /// The `sallyport` that was installed with this `sallyportd`.
    private static var ownCommand: String {
        let executable = String(decoding: ProcFS.link("/proc/self/exe") ?? [], as: UTF8.self)
        return executable.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/sallyport"
    }

    @Option(
        name: .customLong("cgroup-manager"),
        help: "An executable that may move processes between cgroups under the seal, beside process 1. Repeatable.")
    var cgroupManagers: [String] = []

    @Option(
        name: .customLong("shutdown-program"),
        help: "What process 1 executes to end the machine: from then on it may end protected processes, too.")
    var shutdownProgram = "/usr/lib/systemd/systemd-shutdown"

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
        guard selfProtection == "on" || selfProtection == "off" else {
            throw ValidationError("--self-protection takes on or off, not '\(selfProtection)'")
        }
        guard seal == "at-start" || seal == "on-request" else {
            throw ValidationError("--seal takes at-start or on-request, not '\(seal)'")
        }
        guard !(seal == "at-start" && selfProtection == "off") else {
            throw ValidationError("--seal at-start needs --self-protection on")
        }
        guard SealedPolicy(rawValue: sealedPolicy) != nil else {
            throw ValidationError("--sealed-policy takes signed or frozen, not '\(sealedPolicy)'")
        }
        guard integrity == "on" || integrity == "off" else {
            throw ValidationError("--integrity takes on or off, not '\(integrity)'")
        }
        guard (5...3600).contains(integrityFast), (30...86400).contains(integrityFull) else {
            throw ValidationError("--integrity-fast takes 5 to 3600 seconds, --integrity-full 30 to 86400")
        }
        _ = try integritySettings()
        for word in sealAllowances where SealAllowance(rawValue: word) == nil {
            throw ValidationError("--seal-allow takes modules, tracing, hardware or kexec, not '\(word)'")
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
            protection: selfProtection == "on" ? protectionOptions : nil,
            sealsAtStart: seal == "at-start" ? Set(sealAllowances.compactMap(SealAllowance.init)) : nil,
            sealedPolicy: SealedPolicy(rawValue: sealedPolicy) ?? .signed, policyAuthority: policyAuthority,
            integrity: integrity == "on"
                ? IntegrityDesk.Options(
                    settings: try integritySettings(), image: kernelImage, stateDirectory: stateDirectory,
                    isolationAllowed: isolationAllowed + [shutdownProgram, Self.ownCommand]) : nil,
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

    private func integritySettings() throws -> IntegritySettings {
        do {
            return try IntegritySettings(
                fastMaximum: integrityFast, fullMaximum: integrityFull, responses: integrityResponses)
        } catch {
            throw ValidationError("--integrity-response: \(error)")
        }
    }

    private var protectionOptions: ProtectionDesk.Options {
        ProtectionDesk.Options(
            stateDirectory: stateDirectory, runDirectory: runDirectory,
            files: protectedFiles + (policyAuthority.map { [$0] } ?? []),
            shutdownProgram: shutdownProgram,
            isolationAllowed: integrity == "on" ? isolationAllowed + [Self.ownCommand] : [],
            cgroupManagers: cgroupManagers,
            description: [
                "--state \(stateDirectory)", "--run \(runDirectory)", socketPath.map { "--socket \($0)" },
                agentSocketPath.map { "--agents-socket \($0)" },
                gateMounts.map { "--gate-mount \($0)" }.joined(separator: " "),
                "--gate-guard \(guardMode)", "--ring-bytes \(ringBytes)",
                "--deadline-minimum \(deadlineMinimum) --deadline-maximum \(deadlineMaximum)",
                protectedFiles.map { "--protect \($0)" }.joined(separator: " "),
                cgroupManagers.map { "--cgroup-manager \($0)" }.joined(separator: " "),
                "--shutdown-program \(shutdownProgram)", "--sealed-policy \(sealedPolicy)",
                policyAuthority.map { "--policy-authority \($0)" },
                "--integrity \(integrity) --integrity-fast \(integrityFast) --integrity-full \(integrityFull)",
                integrityResponses.map { "--integrity-response \($0)" }.joined(separator: " "),
                isolationAllowed.map { "--isolation-allow \($0)" }.joined(separator: " "),
                kernelImage.map { "--kernel-image \($0)" },
            ].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " "))
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
