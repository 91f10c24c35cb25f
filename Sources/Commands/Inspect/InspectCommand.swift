// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport inspect`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Look at named areas of the running kernel: its code, constants, tables and lists.",
        discussion: """
            Nothing else of the kernel's memory can be read, and no address is told: positions count from an area's \
            beginning, pointers are symbols. Every read is logged by the platform, and bounded.

            EXAMPLES
              sallyport inspect areas
              sallyport inspect read kernel.text --length 64
              sallyport inspect symbols tcp_v4
              sallyport inspect hooks
            """,
        subcommands: [
            InspectAreasCommand.self, InspectReadCommand.self, InspectSymbolsCommand.self, InspectModulesCommand.self,
            InspectBPFCommand.self, InspectHooksCommand.self,
        ])
}

/// `sallyport inspect areas`
struct InspectAreasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "areas", abstract: "List the areas that can be read just now.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let areas = try await options.withPlatform { try await $0.inspection.areas() }
        try options.print(json: ["areas": .array(areas.map { .object($0.json) })]) { screen in
            var table = Table([
                .init("AREA"), .init("SIZE", right: true), .init(""), .init("WHAT", minimum: 20),
            ])
            for area in areas {
                table.append([
                    .init(VisibleText(area.name).text), .init(String(area.size)),
                    .init(area.kind == .table ? "entries" : "bytes"), .init(VisibleText(area.summary).text),
                ])
            }
            return table.lines(on: screen)
        }
    }
}

/// `sallyport inspect read`
struct InspectReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Read an area, or a part of it.",
        discussion: """
            Bytes are shown as lines of sixteen with the position before them; --output json has them in base64.

            EXAMPLES
              sallyport inspect read kernel.text --offset 4096 --length 64
              sallyport inspect read table.interrupts
            """)

    @Argument(help: "The area's name: sallyport inspect areas lists them.")
    var area: String

    @Option(help: "Where to begin: bytes, or entries of a table, from the area's beginning.")
    var offset: UInt64 = 0

    @Option(help: "How much to read, in the same; 0 is up to the end.")
    var length: UInt64 = 0

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let pieces = try await options.withPlatform {
            try await $0.inspection.read(area, from: offset, length: length)
        }
        try InspectedText.print(pieces, options)
    }
}

/// `sallyport inspect symbols`
struct InspectSymbolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "symbols", abstract: "The kernel's own symbols, and how far each lies behind its beginning, _text."
    )

    @Argument(help: "Only symbols that have this in their names.")
    var text = ""

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let pieces = try await options.withPlatform { try await $0.inspection.read("list.symbols") }
        try InspectedText.print(pieces, options) { text.isEmpty || $0.name.contains(text) }
    }
}

/// `sallyport inspect modules`
struct InspectModulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modules", abstract: "The modules on the kernel's own list, and how much code each has.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try InspectedText.print(
            try await options.withPlatform { try await $0.inspection.read("list.modules") }, options)
    }
}

/// `sallyport inspect bpf`
struct InspectBPFCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bpf", abstract: "What BPF has generated: programs, trampolines, dispatchers.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try InspectedText.print(try await options.withPlatform { try await $0.inspection.read("list.bpf") }, options)
    }
}

/// `sallyport inspect hooks`
struct InspectHooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Who has hooked what: users of ftrace, kprobes, security modules.")

    @OptionGroup var options: GlobalOptions

    private static let areas = ["list.ftrace", "list.kprobes", "table.security_hooks"]

    func run() async throws {
        let pieces = try await options.withPlatform { client in
            let there = Set(try await client.inspection.areas().map(\.name))
            var pieces: [InspectedPiece] = []
            for area in Self.areas where there.contains(area) { pieces += try await client.inspection.read(area) }
            return pieces
        }
        try InspectedText.print(pieces, options)
    }
}
