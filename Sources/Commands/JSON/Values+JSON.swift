// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension JSONObject {
    /// Sets `key` to the bytes as text. Where they aren't UTF-8 the text is lossy, and `key_bytes` has them in base64.
    mutating func setText(_ key: String, _ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        self[key] = .string(text)
        if !text.utf8.elementsEqual(bytes) { self[key + "_bytes"] = .string(Base64.encode(bytes)) }
    }
}

extension ProcessIdentity {
    package var json: JSONObject {
        ["pid": .number(pid), "start_time": .number(startTime), "exec_count": .number(execCount)]
    }
}

extension Process {
    /// The keys of an event's `subject` and of a process in a list.
    package var json: JSONObject {
        var object: JSONObject = [
            "pid": .number(identity.pid), "tid": .number(thread), "start_time": .number(identity.startTime),
            "exec_count": .number(identity.execCount),
        ]
        object.setText("exe", exe.bytes)
        object["exe_unresolvable"] = exe.unresolvable.map { .string($0.word) }
        object["command"] = .string(command)
        object["arguments"] = .array(arguments.map(JSONValue.string))
        object["arguments_truncated"] = .bool(argumentsTruncated)
        if let workingDirectory {
            object.setText("cwd", workingDirectory.bytes)
            object["cwd_unresolvable"] = workingDirectory.unresolvable.map { .string($0.word) }
        }
        object["uid"] = .number(credentials.uid)
        object["gid"] = .number(credentials.gid)
        object["euid"] = .number(credentials.effectiveUID)
        object["egid"] = .number(credentials.effectiveGID)
        object["login_uid"] = credentials.loginUID == .max ? .null : .number(credentials.loginUID)
        let capabilities = String(credentials.effectiveCapabilities, radix: 16)
        object["capabilities"] = .string(String(repeating: "0", count: 16 - capabilities.count) + capabilities)
        object["cgroup"] = .object(["id": .number(cgroup.id), "path": .string(cgroup.path)])
        object["namespaces"] = .object([
            "mount": .number(namespaces.mount), "pid": .number(namespaces.pid), "network": .number(namespaces.network),
            "user": .number(namespaces.user), "uts": .number(namespaces.uts), "ipc": .number(namespaces.ipc),
            "cgroup": .number(namespaces.cgroup),
        ])
        object["parent"] = parent.map { .object($0.json) }
        object["provenance"] = .string(provenance.rawValue)
        return object
    }
}

extension EventObject {
    package var json: JSONObject {
        switch self {
        case .none: return ["kind": "none"]
        case .process(let child):
            var object: JSONObject = ["kind": "process"]
            for member in child.json.members { object[member.key] = member.value }
            return object
        case .exit(let status):
            // WIFEXITED, WEXITSTATUS and WTERMSIG, which are macros.
            let signal = status & 0x7F
            return [
                "kind": "exit", "status": .number(status), "exit_code": signal == 0 ? .number(status >> 8 & 0xFF) : nil,
                "signal": signal == 0 ? nil : .number(signal),
            ]
        case .file(let file, let interpreter):
            var object: JSONObject = ["kind": "file"]
            object.setText("path", file.path.bytes)
            object["unresolvable"] = file.path.unresolvable.map { .string($0.word) }
            if let interpreter {
                object.setText("interpreter", interpreter.bytes)
                object["interpreter_unresolvable"] = interpreter.unresolvable.map { .string($0.word) }
            }
            object["inode"] = .number(file.identity.inode)
            object["device"] = .number(file.identity.device)
            object["generation"] = .number(file.identity.generation)
            object["mode"] = .string("0" + String(file.mode, radix: 8))
            object["uid"] = .number(file.ownerUID)
            object["gid"] = .number(file.ownerGID)
            object["size"] = .number(file.size)
            object["flags"] = .array(file.flags.words.map(JSONValue.string))
            return object
        }
    }
}

extension Event {
    package var json: JSONObject {
        [
            "sequence": .number(sequence), "time": .string(Timestamp(nanoseconds: time).rfc3339),
            "operation": .string(operation.rawValue), "verdict": .string(decision.verdict.rawValue),
            "policy": .string(decision.policy), "rule": .string(decision.rule), "vendor": .string(decision.vendor),
            "generation": .number(decision.generation), "subject": .object(subject.json),
            "object": .object(object.json),
        ]
    }
}

extension Gap {
    package var json: JSONObject {
        var byOperation = JSONObject()
        for operation in Operation.allCases {
            byOperation[operation.rawValue] = counts[operation].map { .number($0) }
        }
        return [
            "gap": .object([
                "place": .string(place.rawValue),
                "missing": missing.map { .object(["first": .number($0.lowerBound), "last": .number($0.upperBound)]) },
                "counts": .object(byOperation), "denied": .number(denied), "total": .number(total),
            ])
        ]
    }
}

extension StreamElement {
    /// One line of `watch --output json`.
    package var json: JSONObject {
        switch self {
        case .event(let event): event.json
        case .gap(let gap): gap.json
        }
    }
}
