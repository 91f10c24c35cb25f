// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport unseal`
struct UnsealCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unseal",
        abstract: "Say how to come back from the seal: by starting the machine again.")

    func run() throws {
        throw CommandFailure(
            .findings,
            "nothing lifts the seal but a restart of the machine. Where it is sealed at start (--seal at-start in"
                + " sallyportd's unit), start it without: append systemd.mask=sallyport.service to the kernel's command line"
                + " in the boot loader, once; then change the unit. docs/SELF_PROTECTION.md has it step by step")
    }
}
