// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// A policy that does what a request needs, with values to be replaced: a beginning that `sallyport policy check` accepts.
struct PolicySketch {
    let request: APIRequest

    /// Empty when no rule does it: notifying needs none.
    var yaml: String {
        let need = request.need
        guard let action = need.action, action != .notify, let operation = need.operation else { return "" }
        var lines = [
            "apiVersion: sallyport.dev/v1", "kind: Policy", "metadata:", "  name: \(request.name)", "spec:", "  rules:",
            "    - name: \(operation.replacing("_", with: "-"))", "      on: [\(operation)]",
        ]
        lines += condition("subject", need.subject) + condition("object", need.object)
        if !need.access.isEmpty { lines.append("      access: [\(need.access.joined(separator: ", "))]") }
        lines.append("      action: \(action.rawValue)")
        if (need.subject + need.object).contains(Field.digest.rawValue) { lines.append("      unknown_digest: deny") }
        if action == .ask { lines.append("      on_timeout: deny") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func condition(_ side: String, _ fields: [String]) -> [String] {
        let fields = fields.compactMap(Field.init(rawValue:))
        if fields.isEmpty { return [] }
        return ["      \(side):"] + fields.map { "        \($0.rawValue): [\(Self.sample(of: $0))]" }
    }

    private static func sample(of field: Field) -> String {
        switch field {
        case .path: "'/path/to/**'"
        case .digest, .verity: "'" + String(repeating: "0", count: 64) + "'"
        case .vendor: "example-vendor"
        case .filesystem: "tmpfs"
        case .flags: "world_writable"
        case .exe: "/usr/bin/program"
        case .user, .group: "root"
        case .cgroup: "'/system.slice/**'"
        case .ancestor: "/usr/sbin/sshd"
        case .interpreter: "/usr/bin/python3"
        case .capability: "CAP_SYS_ADMIN"
        case .container: "'*'"
        }
    }
}
