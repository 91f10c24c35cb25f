// SPDX-License-Identifier: Apache-2.0

import RequestEvaluation
import RequestLanguage

enum RequestFixtures {
    /// A request whose arguments are of no interest.
    static func request(named name: String = "wanted", _ change: (inout APIRequest.Need) -> Void) -> APIRequest {
        var need = APIRequest.Need(means: .rule)
        change(&need)
        return APIRequest(
            name: name, title: "t", author: "a", date: "2026-11-21", scenario: "s", need: need,
            kernels: HookFacts.kernels,
            arguments: APIRequest.Arguments(
                already: "a", simpler: "s", surface: "s", costPer: "p", costLimit: "l", abuse: "a"))
    }

    /// A file without a mistake, one key a line, so that tests can put one in.
    static let yaml = """
        apiVersion: sallyport.dev/v1
        kind: Request
        metadata:
          name: network-connect
          title: Refuse connections
          from: somebody
          date: 2026-11-21
        scenario: An agent isolates a machine that was broken into.
        need:
          action: deny
          operation: network.connect
          means: rule
          hooks: [socket_connect]
          sleeps: no
          facts:
            - {name: remote_port, type: uint32, summary: Where to.}
        kernels: ['6.1', '7.2']
        already: The firewall knows no processes at all.
        simpler: Cgroups with nftables cover services, not programs.
        surface: A hook on a path that packets take.
        cost: {per: connect, limit: 1 microsecond}
        abuse: A vendor could cut off its competitor's updates.

        """

    static func parse(_ text: String) -> RequestDocument {
        RequestDocument.parse(bytes: Array(text.utf8), file: "r.yaml")
    }
}
