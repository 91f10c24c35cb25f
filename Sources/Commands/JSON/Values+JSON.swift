// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension JSONObject {
    /// Sets `key` to the bytes as text. Where they aren't UTF-8 the text is lossy, and `key_bytes` has them in base64.
    mutating func setText(_ key: String, _ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        self[key] = .string(text)
        if !text.utf8.elementsEqual(bytes) { self[key + "_bytes"] = .string(Base64.encode(bytes)) }
    }

    /// Sets `key` to a path, and `unresolvable` to why it is no evidence of where the file lies; only if it isn't.
    mutating func setPath(_ key: String, _ path: ObservedPath, unresolvable: String) {
        setText(key, path.bytes)
        self[unresolvable] = path.unresolvable.map { .string($0.word) }
    }
}

extension ProcessIdentity {
    package var json: JSONObject {
        ["pid": .number(pid), "start_time": .number(startTime), "exec_count": .number(execCount)]
    }
}

extension Credentials {
    var json: JSONObject {
        let digits = String(effectiveCapabilities, radix: 16)
        return [
            "uid": .number(uid), "gid": .number(gid), "euid": .number(effectiveUID), "egid": .number(effectiveGID),
            "login_uid": loginUID == .max ? .null : .number(loginUID),
            "capabilities": .string(String(repeating: "0", count: 16 - digits.count) + digits),
        ]
    }
}

extension Process {
    /// The keys of an event's `subject` and of a process in a list.
    package var json: JSONObject {
        var object: JSONObject = [
            "pid": .number(identity.pid), "tid": .number(thread), "start_time": .number(identity.startTime),
            "exec_count": .number(identity.execCount),
        ]
        object.setPath("exe", exe, unresolvable: "exe_unresolvable")
        object["command"] = .string(command)
        object["arguments"] = .array(arguments.map(JSONValue.string))
        object["arguments_truncated"] = .bool(argumentsTruncated)
        if let workingDirectory { object.setPath("cwd", workingDirectory, unresolvable: "cwd_unresolvable") }
        for member in credentials.json.members { object[member.key] = member.value }
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
        case .process(let process):
            var object: JSONObject = ["kind": "process"]
            for member in process.json.members { object[member.key] = member.value }
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
            object.setPath("path", file.path, unresolvable: "unresolvable")
            if let interpreter {
                object.setPath("interpreter", interpreter, unresolvable: "interpreter_unresolvable")
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
