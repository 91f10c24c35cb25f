// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with subjects, objects and scopes.
enum MistakesInConditions {
    static let all = keys + values

    static let processFields =
        "exe, digest, vendor, user, group, cgroup, ancestor, interpreter, capability, container"
    private static let allFields =
        "path, digest, vendor, filesystem, flags, verity, exe, user, group, cgroup, ancestor, interpreter, capability,"
        + " container"

    private static let keys = [
        Mistake(
            [11: "      subject: {}"],
            "11:16: error: 'subject' is empty: write one of \(processFields), or leave it out for any"),
        Mistake(
            [15: "      object: {}"],
            "15:15: error: 'object' is empty: write one of \(allFields), or leave it out for any"),
        Mistake(
            [7: "  scope: {}"],
            "7:10: error: 'scope' is empty: write one of \(processFields), or leave it out for any"),
        Mistake(
            [11: "      subject: {not: {}}"], "11:22: error: 'not' is empty: write one of \(processFields) in it"),
        Mistake(
            [11: "      subject: {exe: /a, not: {}}"],
            "11:31: error: 'not' is empty: write one of \(processFields) in it"),
        Mistake(
            [11: "      subject: {not: {not: {exe: /a}}}"],
            "11:23: error: unknown key 'not' in 'not': write one of \(processFields)"),
        Mistake(
            [11: "      subject: {not: /a}"],
            "11:22: error: 'not' must be a mapping, not '/a': write 'key: value' lines with the keys \(processFields)"),
        Mistake(
            [11: "      subject: {path: /a}"],
            "11:17: error: unknown key 'path' in 'subject': write one of \(processFields), not"),
        Mistake(
            [11: "      subject: {usr: root}"], "11:17: error: unknown key 'usr' in 'subject': did you mean 'user'?"),
        Mistake(
            [7: "  scope: {flags: [memfd]}"],
            "7:11: error: unknown key 'flags' in 'scope': write one of \(processFields), not"),
        Mistake(
            [14: "      on: [process.exec, process.create]"],
            "15:16: error: process.create has no object.path: remove it, or write a rule of its own for process.exec"),
        Mistake(
            [14: "      on: [process.exec, process.open]"],
            "15:16: error: process.open has no object.path: remove it, or write a rule of its own for process.exec"),
        Mistake(
            [14: "      on: process.signal", 15: "      object: {path: /a, not: {flags: [memfd]}}"],
            "15:16: error: process.signal has no object.path: write one of \(processFields)",
            "15:32: error: process.signal has no object.flags: write one of \(processFields)"),
        Mistake(
            [15: "      object: {not: {user: root}}"],
            "15:22: error: process.exec has no object.user: write one of path, digest, vendor, filesystem, flags, verity",
            "15:22: error: image.load has no object.user: write one of path, digest, vendor, filesystem, flags, verity"),
        Mistake(
            [14: "      on: image.load_bpf"],
            "15:16: error: image.load_bpf has no object.path: remove it; the operation has no object that could be"
                + " selected"),
        Mistake(
            [11: "      subject: {not: {vendor: acme}}"],
            "11:23: error: 'vendor' selects nothing: rules can't select agents by vendor yet: select the programs"
                + " themselves, by 'exe' or 'digest', or the files, by 'path' or 'digest'"),
    ]

    private static let values = [
        Mistake(
            [11: "      subject: {digest: abc}", 12: "      action: allow\n      unknown_digest: deny"],
            "11:25: error: bad digest 'abc': write 64 hexadecimal digits, with or without 'sha256:' before them"),
        Mistake(
            [15: "      object: {verity: 'sha1:00'}"],
            "15:24: error: bad digest 'sha1:00': write 64 hexadecimal digits, with or without 'sha256:' before them"),
        Mistake(
            [15: "      object: {filesystem: [ext4, Ext4]}"],
            "15:35: error: bad filesystem 'Ext4': write a name as in /proc/filesystems: lower-case letters, digits, '.',"
                + " '_' and '-', at most 15"),
        Mistake(
            [15: "      object: {filesystem: averyverylongname}"],
            "15:28: error: bad filesystem 'averyverylongname': write a name as in /proc/filesystems: lower-case letters,"
                + " digits, '.', '_' and '-', at most 15"),
        Mistake([15: "      object: {flags: setiud}"], "15:23: error: unknown flag 'setiud': did you mean 'setuid'?"),
        Mistake(
            [15: "      object: {flags: [mprotect]}"],
            "15:24: error: unknown flag 'mprotect': write one of deleted, memfd, tmpfs, setuid, setgid, world_writable,"
                + " overlay, overlay_upper, script"),
        Mistake(
            [11: "      subject: {user: 'a b', group: 4294967295}"],
            "11:23: error: bad user 'a b': write a name without blanks and ':', or a number",
            "11:37: error: bad group '4294967295': write a name without blanks and ':', or a number"),
        Mistake(
            [11: "      subject: {capability: CAP_SYS_ADMN}"],
            "11:29: error: unknown capability 'CAP_SYS_ADMN': did you mean 'CAP_SYS_ADMIN'?"),
        Mistake(
            [11: "      subject: {capability: [sys_admni]}"],
            "11:30: error: unknown capability 'sys_admni': did you mean 'sys_admin'?"),
        Mistake(
            [11: "      subject: {capability: [everything]}"],
            "11:30: error: unknown capability 'everything': write one of those in capabilities(7), such as CAP_SYS_ADMIN"
                + " or sys_admin"),
        Mistake(
            [11: "      subject: {container: web}"],
            "11:28: error: bad container 'web': write '*' for any, or 12 to 64 lower-case hexadecimal digits: an id or its"
                + " beginning"),
        Mistake(
            [11: "      subject: {cgroup: system.slice}"],
            "11:25: error: bad pattern 'system.slice': a pattern must begin with '/' or '**': write the whole path, or"
                + " '**/' before it for any directory"),
        Mistake(
            [11: "      subject: {ancestor: '/a/', interpreter: '/b/', exe: '/c/'}"],
            "11:30: error: bad pattern '/a/': a resolved path never ends with '/': write '/**' for everything below a"
                + " directory, or leave the '/' out",
            "11:50: error: bad pattern '/b/': a resolved path never ends with '/': write '/**' for everything below a"
                + " directory, or leave the '/' out",
            "11:62: error: bad pattern '/c/': a resolved path never ends with '/': write '/**' for everything below a"
                + " directory, or leave the '/' out"),
        Mistake(
            [11: "      subject: {user: [root, root], capability: [kill, CAP_KILL]}"],
            "11:30: warning: the user 'root' is there twice: remove one",
            "11:56: warning: the capability 'CAP_KILL' is there twice: remove one"),
        Mistake(
            [11: "      subject: {user: [[root]], group: {}}"],
            "11:24: error: a user must be text, not a list: write it after the ':'",
            "11:40: error: 'group' must be a list, not a mapping: write '- ' entries"),
        Mistake([11: "      subject: {user: []}"], "11:23: error: the list 'user' is empty: write at least one entry"),
        Mistake(
            [7: "  when_uncovered: adit"], "7:19: error: unknown when_uncovered 'adit': did you mean 'audit'?"),
    ]
}
