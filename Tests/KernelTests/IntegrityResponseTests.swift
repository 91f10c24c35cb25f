// SPDX-License-Identifier: Apache-2.0

import Testing

/// What the kernel does of itself about findings, and what the check `credentials` rests on, in the machine.
@Suite(.serialized)
struct IntegrityResponseTests {
    private func lab(_ mode: [String], kernel: String) throws -> MicroVM.Outcome {
        try MicroVM.run(
            [
                "scripts/vm", "--kernel", kernel, "--cpus", "2", "--env",
                "TAMPER_MODULES=\(MicroVM.root)/.cache/vm/\(kernel)/tamper", "--", "\(MicroVM.release)/integrity-lab",
            ] + mode)
    }

    private func image(_ kernel: String) -> String { "\(MicroVM.root)/.cache/vm/\(kernel)/vmlinux" }

    @Test(
        "the watchdog records that the monitor was stopped, starved or killed, and isolates by itself",
        arguments: MicroVM.kernelsForFigures)
    func watchdog(kernel: String) throws {
        let outcome = try lab(["watchdog"], kernel: kernel)
        #expect(outcome.status == 0, "\(kernel):\n\(outcome.output)")
        #expect(outcome.output.contains("watchdog: PASS"))
    }

    @Test(
        "isolation refuses all executions but the site's, with its process dead as well",
        arguments: MicroVM.kernelsForFigures)
    func isolation(kernel: String) throws {
        let outcome = try lab(["isolation"], kernel: kernel)
        #expect(outcome.status == 0, "\(kernel):\n\(outcome.output)")
        #expect(outcome.output.contains("isolation: PASS"))
    }

    @Test("panic stops the machine, and its console says why", arguments: MicroVM.kernelsForFigures)
    func panic(kernel: String) throws {
        let outcome = try lab(["panic"], kernel: kernel)
        #expect(outcome.status == 125)
        #expect(outcome.output.contains("sallyportd: the machine is stopped: the lab asked"), "\(outcome.output)")
        #expect(outcome.output.contains("sysrq triggered crash"), "\(outcome.output)")
    }

    @Test("processes that change their rights as they may aren't reported", arguments: MicroVM.kernelsForFigures)
    func legitimateCredentials(kernel: String) throws {
        let outcome = try lab(["credentials-legitimate", image(kernel), "30"], kernel: kernel)
        #expect(outcome.status == 0, "\(kernel):\n\(outcome.output)")
        #expect(outcome.output.contains("PASS"))
    }

    // The fixtures are built by TamperFixtureTests or `make tamper`.
    @Test(
        "a process that raises itself is seen, also when it is gone before the next look",
        arguments: MicroVM.kernelsForFigures)
    func raisedCredentials(kernel: String) throws {
        let built = try MicroVM.run(["scripts/tamper-modules", kernel])
        #expect(built.status == 0, "\(built.output)")
        let outcome = try lab(["credentials-raise", image(kernel)], kernel: kernel)
        #expect(outcome.status == 0, "\(kernel):\n\(outcome.output)")
        #expect(outcome.output.contains("credentials-raise: PASS"))
    }
}
