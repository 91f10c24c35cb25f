// SPDX-License-Identifier: Apache-2.0

import Testing

/// The modules that tamper with a kernel do what they say, so that a check that finds them has found something.
@Suite(.serialized)
struct TamperFixtureTests {
    // On the others at night: make tamper.
    @Test("every fixture can be done, seen, undone and unloaded", arguments: MicroVM.kernelsForFigures)
    func fixtures(kernel: String) throws {
        let outcome = try MicroVM.run(["scripts/tamper-modules", "--check", kernel])
        print("tamper fixtures on \(kernel):\n\(outcome.output)")
        #expect(outcome.status == 0, "\(kernel):\n\(outcome.output)")
        // `latest` has none where its headers can't be had.
        #expect(outcome.output.contains(" 0 failed") || outcome.output.contains("latest: skipped"))
    }
}
