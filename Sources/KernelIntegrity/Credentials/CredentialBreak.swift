// SPDX-License-Identifier: Apache-2.0

import KernelABI

/// A task with rights that no transition gave it which the kernel allowed: `struct sp_credential_break`.
struct CredentialBreak: Sendable {
    /// Where it was noticed.
    enum Way: UInt32, Sendable {
        case look
        case commit
        case exec
        case change
        case fork

        /// For people.
        var text: String {
            switch self {
            case .look: "has now"
            case .commit: "was given by commit_creds"
            case .exec: "had when it executed a program"
            case .change: "had when it changed its ids or capabilities"
            case .fork: "had when it created a process or thread"
            }
        }
    }

    var pid: Int32
    var process: Int32
    var name: String
    var way: Way
    var expected: sp_rights
    var found: sp_rights

    init(_ record: sp_credential_break) {
        pid = Int32(bitPattern: record.pid)
        process = Int32(bitPattern: record.tgid)
        name = withUnsafeBytes(of: record.comm) { $0.textBeforeZero }
        way = Way(rawValue: record.way) ?? .look
        expected = record.expected
        found = record.found
    }

    /// What differs, for people: "uid 1000 → 0, effective capabilities + 0x1ffffffffff".
    var differences: [String] {
        var texts: [String] = []
        func number(_ name: String, _ from: UInt32, _ to: UInt32) {
            if from != to { texts.append("\(name) \(from) → \(to)") }
        }
        number("uid", expected.uid, found.uid)
        number("euid", expected.euid, found.euid)
        number("suid", expected.suid, found.suid)
        number("fsuid", expected.fsuid, found.fsuid)
        number("gid", expected.gid, found.gid)
        number("egid", expected.egid, found.egid)
        number("sgid", expected.sgid, found.sgid)
        number("fsgid", expected.fsgid, found.fsgid)
        if expected.groups != found.groups || expected.groups_mix != found.groups_mix
            || expected.group_count != found.group_count
        {
            texts.append("other supplementary groups")
        }
        if expected.user_namespace != found.user_namespace { texts.append("another user namespace") }
        func set(_ name: String, _ from: UInt64, _ to: UInt64) {
            if to & ~from != 0 { texts.append("\(name) capabilities + 0x\(String(to & ~from, radix: 16))") }
        }
        set("permitted", expected.permitted, found.permitted)
        set("effective", expected.effective, found.effective)
        set("inheritable", expected.inheritable, found.inheritable)
        set("bounding", expected.bounding, found.bounding)
        set("ambient", expected.ambient, found.ambient)
        if expected.securebits != found.securebits {
            texts.append(
                "securebits 0x\(String(expected.securebits, radix: 16)) → 0x\(String(found.securebits, radix: 16))")
        }
        return texts
    }
}
