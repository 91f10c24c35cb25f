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

    /// The check of the monitor itself; none where the kernel can't watch it.
    let checks: [any IntegrityCheck]

    init(_ options: IntegrityDesk.Options, _ guarding: IntegrityDesk.Guarding, _ logger: Logger) {
        self.guarding = guarding
        self.logger = logger
        var opened: (kernel: ResponseKernel, refusals: RefusedExecutions?)?
        do {
            opened = try Self.open(options, logger)
        } catch {
            logger.error(
                "nothing watches the monitor, and the machine can't be isolated", metadata: ["reason": "\(error)"])
        }
        kernel = opened?.kernel
        watchdog = kernel.map(Watchdog.init)
        isolation = kernel.map(Isolation.init)
        refusals = opened?.refusals
        checks = watchdog.map { [MonitorCheck($0)] } ?? []
        if case .on(_, let reason) = isolation?.state {
            logger.critical("the machine is isolated", metadata: ["because": "\(reason)"])
        }
        guarding.takeOwn()
    }

    private static func open(
        _ options: IntegrityDesk.Options, _ logger: Logger
    ) throws -> (ResponseKernel, RefusedExecutions?) {
        let kernel = try ResponseKernel()
        let isolation = Isolation(kernel)
        let missing = try isolation.setAllowed(options.isolationAllowed)
        if !missing.isEmpty {
            logger.info(
                "what isn't there can't be executed while the machine is isolated",
                metadata: ["paths": "\(missing.joined(separator: " "))"])
        }
        let response = options.settings.response(of: Watchdog.checkName)
        try Watchdog(kernel).start(
            maximum: .seconds(Int64(options.settings.fastMaximum)), isolates: response > .report && kernel.canIsolate)
        return (kernel, kernel.canIsolate ? try isolation.openRefusals() : nil)
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
        guard let isolation, isolation.state == .off else { return }
        do {
            try isolation.isolate(because: reason)
            logger.critical("the machine is isolated", metadata: ["because": "\(reason)"])
        } catch {
            logger.critical("the machine can't be isolated", metadata: ["reason": "\(error)"])
        }
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
