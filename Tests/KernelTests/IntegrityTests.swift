// SPDX-License-Identifier: Apache-2.0

import Testing

/// Each check of integrity sees what its fixtures do to a kernel, and nothing before and afterwards.
@Suite(.serialized)
struct IntegrityTests {
    @Test("the monitor, inspection and lockdown, as an operator meets them", arguments: MicroVM.kernelsForFigures)
    func scenarios(kernel: String) throws {
        let built = try MicroVM.run(["scripts/tamper-modules", kernel])
        #expect(built.status == 0, "\(built.output)")
        if built.output.contains("latest: skipped") { return }
        let outcome = try MicroVM.scenarios(
            "integrity", kernel: kernel,
            options: [
                "--cpus", "2", "--env", "TAMPER_MODULES=\(MicroVM.root)/.cache/vm/\(kernel)/tamper", "--env",
                "KERNEL_IMAGE=\(MicroVM.root)/.cache/vm/\(kernel)/vmlinux",
            ])
        print("integrity on \(kernel):\n\(outcome.output)")
        #expect(outcome.status == 0 && outcome.output.contains(" 0 failed"), "\(kernel):\n\(outcome.output)")
    }

    // On the others at night.
    @Test("every check sees the tampering that proves it", arguments: MicroVM.kernelsForFigures)
    func proofs(kernel: String) throws {
        let built = try MicroVM.run(["scripts/tamper-modules", kernel])
        #expect(built.status == 0, "\(built.output)")
        // `latest` has none where its headers can't be had.
        if built.output.contains("latest: skipped") { return }
        let modules = "\(MicroVM.root)/.cache/vm/\(kernel)/tamper"
        let outcome = try MicroVM.run([
            "scripts/vm", "--kernel", kernel, "--cpus", "2", "--timeout", "900", "--env", "TAMPER_MODULES=\(modules)",
            "--", "\(MicroVM.release)/integrity-lab", "prove", ".cache/vm/\(kernel)/vmlinux",
        ])
        print("proofs of the checks of integrity on \(kernel):\n\(outcome.output)")
        #expect(outcome.status == 0, "\(kernel):\n\(outcome.output)")
        let proofs = outcome.output.split(separator: "\n").filter { $0.hasPrefix("PROOF ") }
        #expect(proofs.count > 30)
    }
}
