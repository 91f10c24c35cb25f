// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import EndpointModel
import Sallyport

extension SealAllowance: ExpressibleByArgument {}

/// `sallyport seal`
struct SealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Seal the platform: until the machine is started again nothing lifts it.",
        discussion: """
            From then on no protection is lifted, no policy of the site replaced or removed, and neither kernel modules, \
            another kernel, programs of BPF for tracing nor the doors to memory and devices are open to root. When the \
            daemon ends, the kernel goes on. docs/SELF_PROTECTION.md says how to upgrade and recover a sealed machine; \
            read it before.

            EXAMPLES
              sallyport seal
              sallyport seal --allow modules --allow tracing
            """)

    @Option(help: "What stays possible to root: modules, tracing, hardware or kexec. Repeatable.")
    var allow: [SealAllowance] = []

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let notes = try await options.withPlatform { try await $0.protection.seal(leavingOpen: Set(allow)) }
        try options.print(json: ["sealed": .bool(true), "notes": .array(notes.map(JSONValue.string))]) { _ in
            ["sealed until the machine is started again"] + notes.map { "note: " + VisibleText($0).text }
        }
    }
}
