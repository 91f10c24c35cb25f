// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gate
import Glibc

/// `sallyportd guard`: what the gate starts beside the daemon. Nobody else can: it needs the gate's descriptors.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard", abstract: "Answers for a daemon that doesn't; started by it.", shouldDisplay: false)

    func run() throws { Glibc.exit(Guard.run()) }
}
