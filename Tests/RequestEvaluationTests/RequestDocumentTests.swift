// SPDX-License-Identifier: Apache-2.0

import PolicyLanguage
import RequestEvaluation
import RequestLanguage
import Testing

/// What is read from request files, and what is said about mistakes.
@Suite struct RequestDocumentTests {
    @Test func `A request says everything that its file does`() throws {
        let document = RequestFixtures.parse(RequestFixtures.yaml)
        #expect(document.diagnostics == [])
        let request = try #require(document.request)
        #expect(request.name == "network-connect")
        #expect(request.date == "2026-11-21")
        #expect(request.need.action == .deny)
        #expect(request.need.operation == "network.connect")
        #expect(request.need.hooks == ["socket_connect"])
        #expect(!request.need.sleeps)
        #expect(request.need.facts == [APIRequest.Fact(name: "remote_port", type: "uint32", summary: "Where to.")])
        #expect(request.kernels == ["6.1", "7.2"])
        #expect(request.arguments.costLimit == "1 microsecond")
    }

    /// What is replaced, by what, where the mistake is, and a part of what is said.
    static let mistakes: [(String, String, Int, Int, String, String)] = [
        ("kind: Request", "kind: Wish", 2, 7, "unknown kind 'Wish'", "write 'Request'"),
        ("scenario:", "scenaria:", 8, 1, "unknown key 'scenaria' in a request", "did you mean 'scenario'?"),
        ("scenario:", "scenaria:", 1, 1, "a request has no 'scenario'", "add it"),
        ("already: The firewall knows no processes at all.", "already: no", 18, 10, "argues nothing", "CRITERIA.md"),
        ("surface: A hook on a path", "surface: TODO a path to follow", 20, 10, "argues nothing", "CRITERIA.md"),
        ("date: 2026-11-21", "date: yesterday", 7, 9, "bad date 'yesterday'", "write it as 2026-11-21"),
        ("name: network-connect", "name: Network", 4, 9, "isn't a name", "lower-case letters"),
        ("action: deny", "action: dney", 10, 11, "unknown action 'dney'", "did you mean 'deny'?"),
        ("means: rule", "means: magic", 12, 10, "unknown means 'magic'", "write one of rule, event"),
        ("network.connect\n", "connect\n", 11, 14, "isn't the name of an operation", "write class.verb"),
        ("  action: deny\n", "", 10, 3, "an operation without an 'action'", "add 'action: notify'"),
        ("  operation: network.connect\n", "", 10, 3, "names neither an operation nor an element", "add 'operation"),
        (
            "[socket_connect]", "[socket_conect]", 13, 11, "the LSM hook 'socket_conect'",
            "did you mean 'socket_connect'?"
        ),
        ("sleeps: no", "sleeps: never", 14, 11, "unknown sleeps 'never'", "write one of yes, no"),
        ("{name: remote_port,", "{nam: remote_port,", 16, 8, "unknown key 'nam' in a fact", "did you mean 'name'?"),
        ("'7.2'", "'5.4'", 17, 18, "nothing was measured on kernel '5.4'", "write any of '6.1', '6.12', '7.2'"),
        ("cost: {per: connect, limit: 1 microsecond}", "cost: cheap", 21, 7, "'cost' must be a mapping", "per, limit"),
        ("abuse: A vendor", "abuse: &a A vendor", 22, 8, "YAML anchors aren't supported in a request", "remove '&'"),
    ]

    @Test(arguments: mistakes.indices)
    func `A mistake is named with its place and what to write`(index: Int) throws {
        let (text, wrong, line, column, message, instead) = Self.mistakes[index]
        let yaml = RequestFixtures.yaml.replacing(text, with: wrong, maxReplacements: 1)
        try #require(yaml != RequestFixtures.yaml)
        let document = RequestFixtures.parse(yaml)
        #expect(document.request == nil)
        let found = document.diagnostics.contains {
            $0.line == line && $0.column == column && $0.message.contains(message) && $0.instead.contains(instead)
        }
        #expect(found, "\(document.diagnostics)")
    }

    @Test func `All mistakes of a file are reported together, in its order`() {
        let yaml = RequestFixtures.yaml.replacing("kind: Request", with: "kind: Wish")
            .replacing("action: deny", with: "action: dney").replacing("'7.2'", with: "'5.4'")
        #expect(RequestFixtures.parse(yaml).diagnostics.map(\.line) == [2, 10, 17])
    }

    @Test func `A file holds one request`() {
        let two = RequestFixtures.parse(RequestFixtures.yaml + "---\n" + RequestFixtures.yaml)
        #expect(two.diagnostics.map(\.message) == ["the file holds 2 requests"])
        #expect(RequestFixtures.parse("# nothing\n").diagnostics.first?.message == "the file holds no request")
        let bytes = RequestDocument.parse(bytes: [0x61, 0xff], file: "r.yaml")
        #expect(bytes.diagnostics.first?.message == "the file isn't UTF-8")
    }
}
