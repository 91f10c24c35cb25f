// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelIntegrity
import LinuxSystem
import Logging

/// What is done about violations, and the kernel's watchdog over the monitor.
///
/// Where the kernel hasn't got the means, findings are reported all the same, and the log says what is missing.
struct IntegrityResponses: Sendable {
    private let kernel: ResponseKernel?
    private let watchdog: Watchdog?
    private let isolation: Isolation?
    private let refusals: RefusedExecutions?
    private let guarding: IntegrityDesk.Guarding
    private let logger: Logger

    private static let withoutMeans = "the programs for it aren't in the kernel; an earlier line of the log says why"

    /// The check of the monitor itself; none where the kernel can't watch it.
    let checks: [any IntegrityCheck]

    init(_ options: IntegrityDesk.Options, _ guarding: IntegrityDesk.Guarding, _ logger: Logger) {
        self.guarding = guarding
        self.logger = logger
        var kernel: ResponseKernel?
        do {
            kernel = try ResponseKernel()
        } catch {
            logger.error(
                "nothing watches the monitor, and the machine can't be isolated", metadata: ["reason": "\(error)"])
        }
        self.kernel = kernel
        isolation = kernel.map(Isolation.init)
        refusals = isolation.flatMap { Self.prepare($0, options, logger) }
        watchdog = kernel.map(Watchdog.init)
        if let kernel, let watchdog { Self.start(watchdog, options, isolates: kernel.canIsolate, logger) }
        checks = watchdog.map { [MonitorCheck($0)] } ?? []
        if case .on(_, let reason) = isolation?.state {
            logger.critical("the machine is isolated", metadata: ["because": "\(reason)"])
        }
        guarding.takeOwn()
    }

    /// What may be executed in isolation, and the reader of what is refused. Without the one or the other it isolates all the same:
    /// refusing more than the site wanted is better than refusing nothing.
    private static func prepare(
        _ isolation: Isolation, _ options: IntegrityDesk.Options, _ logger: Logger
    ) -> RefusedExecutions? {
        do {
            let missing = try isolation.setAllowed(options.isolationAllowed)
            if !missing.isEmpty {
                logger.info(
                    "what isn't there can't be executed while the machine is isolated",
                    metadata: ["paths": "\(missing.joined(separator: " "))"])
            }
        } catch {
            logger.error("the list of --isolation-allow isn't in force", metadata: ["reason": "\(error)"])
        }
        guard isolation.canRefuse else { return nil }
        do {
            return try isolation.openRefusals()
        } catch {
            logger.error("executions that isolation refuses aren't logged", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    /// Where it can't be started signs are given all the same: a former daemon's may run.
    private static func start(
        _ watchdog: Watchdog, _ options: IntegrityDesk.Options, isolates canIsolate: Bool, _ logger: Logger
    ) {
        let response = options.settings.response(of: Watchdog.checkName)
        do {
            try watchdog.start(
                maximum: .seconds(Int64(options.settings.fastMaximum)), isolates: response > .report && canIsolate)
        } catch {
            logger.error("nothing watches the monitor", metadata: ["reason": "\(error)"])
        }
    }

    var isIsolated: Bool { isolation.map { $0.state != .off } ?? false }

    /// On the monitor's thread, at least every two seconds while nothing keeps it from running.
    func beat() {
        watchdog?.beat()
        // What checks have attached since.
        guarding.takeOwn()
        if let kernel, !kernel.isSealed, guarding.isSealed() { kernel.seal() }
        for refused in (try? refusals?.take(timeout: 0)) ?? [] {
            logger.warning(
                "isolated: an execution was refused",
                metadata: [
                    "path": "\(refused.path)", "pid": "\(refused.pid)", "uid": "\(refused.user)",
                    "command": "\(refused.command)",
                ])
        }
    }

    func respond(to findings: [Finding]) {
        let violations = findings.filter { $0.severity == .violation && $0.ended == nil }
        guard let worst = violations.max(by: { $0.response < $1.response }) else { return }
        let reason = "\(worst.check): \(worst.summary)"
        switch worst.response {
        case .report: break
        case .isolate: isolate(reason)
        case .panic:
            do {
                try KernelPanic.stop(because: reason)
            } catch {
                logger.critical("the machine can't be stopped", metadata: ["reason": "\(error)"])
                isolate(reason)
            }
        }
    }

    private func isolate(_ reason: String) {
        guard let isolation else {
            logger.critical("the machine can't be isolated", metadata: ["reason": "\(Self.withoutMeans)"])
            return
        }
        guard isolation.state == .off else { return }
        do {
            try isolation.isolate(because: reason)
            logger.critical("the machine is isolated", metadata: ["because": "\(reason)"])
        } catch {
            logger.critical("the machine can't be isolated", metadata: ["reason": "\(error)"])
        }
    }

    /// Lets programs be executed again, for the operator; tells why they weren't, `nil` where they were.
    ///
    /// - Throws: where that is sealed.
    func endIsolation() throws(ResponseFailure) -> String? {
        guard let isolation, case .on(_, let reason) = isolation.state else { return nil }
        // What the daemon's seal says holds before the kernel's words have it.
        if let kernel, !kernel.isSealed, guarding.isSealed() { kernel.seal() }
        try isolation.release()
        logger.warning("the operator has ended isolation", metadata: ["because": "\(reason)"])
        return reason
    }

    /// Takes the watchdog and isolation out of the kernel, unless they are sealed.
    func withdraw() {
        guard let kernel, !kernel.isSealed, !guarding.isSealed() else { return }
        do {
            try watchdog?.stop()
            try kernel.remove()
        } catch {
            logger.error("the watchdog and isolation stay in the kernel", metadata: ["reason": "\(error)"])
        }
    }
}
