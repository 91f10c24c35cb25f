// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import Testing

@Suite struct ArgumentTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("0s", .zero),
    ])
    func `A duration is a whole number and a unit`(text: String, duration: Duration) {
        #expect(DurationArgument(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "10", "s", "-1s", "1.5s", "10 s", "10S", "99999999999999999999s", "1s ", "٣s", "1d"])
    func `What isn't a duration is refused`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test func `Operations are named one by one or by class`() {
        #expect(OperationList(argument: "process.exec,image.load")?.operations == [.processExec, .imageLoad])
        for group in Operation.Class.allCases {
            let operations = Operation.allCases.filter { $0.class == group }
            #expect(OperationList(argument: group.rawValue)?.operations == Set(operations))
        }
        for text in ["", "process.exec,", "process.fly", "PROCESS.EXEC", "process.exec image.load"] {
            #expect(OperationList(argument: text) == nil)
        }
    }

    @Test func `Every operation of the catalogue, and every class, completes on the command line`() {
        let words = OperationList.allValueStrings
        #expect(Set(words).count == words.count)
        #expect(words.prefix(OperationCatalogue.all.count) == OperationCatalogue.all.map(\.operation.rawValue)[...])
        for word in words { #expect(OperationList(argument: word) != nil) }
    }

    @Test(arguments: [
        ([], CommandStatus.success), (["--help"], .success), (["watch", "--help"], .success), (["fly"], .usage),
        (["watch", "--count", "0"], .usage), (["status", "--wait", "soon"], .usage),
        (["watch", "--operation", "process.fly"], .usage), (["status", "--output", "yaml"], .usage),
        (["policy", "check"], .usage), (["policy", "check", "/nonexistent/policy.yaml"], .usage),
        (["status", "--socket", "/nonexistent/socket"], .unreachable),
        (["status", "--socket", "/nonexistent/socket", "--wait", "200ms"], .unreachable),
        (["watch", "--socket", "/nonexistent/socket", "--output", "json"], .unreachable),
    ])
    func `A command line ends with the documented status`(arguments: [String], status: CommandStatus) async {
        #expect(await SallyportCommand.run(arguments: arguments) == status)
    }

    @Test func `Colour needs a terminal, unless it is forced`() {
        #expect(ColorChoice.always.applies(to: false))
        #expect(!ColorChoice.never.applies(to: true))
        #expect(!ColorChoice.auto.applies(to: false))
    }
}
