// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport request`
struct RequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Compare what you need of the platform with what there is.",
        discussion: """
            A request is a YAML file; docs/criteria/request-template.yaml is one to begin with, and \
            docs/criteria/CRITERIA.md says by what it is decided. Nothing here needs the platform.

            EXAMPLE
              sallyport request evaluate my-request.yaml
            """,
        subcommands: [RequestEvaluateCommand.self])
}
