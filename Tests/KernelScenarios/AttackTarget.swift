// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What is attacked: a process, files and a socket in a folder, on a file system of their own, maybe with a disk.
struct AttackTarget: Sendable {
    var mount: String
    var folder: String
    var scratch: String
    var pid: pid_t
    var executable: String
    var socket: String
    /// A loop device with a file system on it, mounted at `scratch/disk`; empty where the kernel has none.
    var disk = ""

    var file: String { folder + "/file" }
    var tree: String { folder + "/tree" }
    var inner: String { tree + "/inner" }
    var onDisk: String { disk.isEmpty ? "" : scratch + "/disk/kept/file" }

    static let content = Array("what it was\n".utf8)

    /// Makes files, and directories where they are missing.
    func prepare() throws {
        for directory in [folder, tree, scratch] { mkdir(directory, 0o755) }
        try Lab.write(Self.content, to: file, mode: 0o644)
        try Lab.write(Self.content, to: inner, mode: 0o644)
        try Lab.copy(Lab.library, to: folder + "/library.so")
    }

    /// Puts an ext4 file system into a file, on a loop device.
    mutating func makeDisk() throws {
        let image = "/run/disk.img"
        mkdir(scratch, 0o755)
        let log = "/run/disk.log"
        func run(_ words: [String]) throws -> Bool { try DaemonProcess.runToEnd(words, output: log) == 0 }
        guard try run(["/sbin/modprobe", "loop"]), try run(["/sbin/modprobe", "ext4"]),
            try run(["/bin/dd", "if=/dev/zero", "of=\(image)", "bs=1M", "count=16"]),
            try run(["/sbin/mkfs.ext4", "-q", image])
        else { return }
        mkdir(scratch + "/disk", 0o755)
        guard try run(["/bin/mount", "-o", "loop", image, scratch + "/disk"]) else { return }
        for line in String(decoding: try Lab.read("/proc/mounts"), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.count > 1, words[1] == scratch + "/disk" { disk = words[0] }
        }
        mkdir(scratch + "/disk/kept", 0o755)
        try Lab.write(Self.content, to: onDisk, mode: 0o644)
    }

    func attack(_ index: Int32) -> Int32 {
        func withText<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>]) -> Result) -> Result {
            let copies = texts.map { strdup($0)! }
            defer { for copy in copies { free(copy) } }
            return body(copies.map { UnsafePointer($0) })
        }
        return withText([file, folder, tree, inner, socket, mount, scratch, executable, disk, onDisk]) { text in
            var target = acts_target(
                pid: pid, file: text[0], above: text[1], tree: text[2], inner: text[3], socket: text[4],
                mount: text[5], scratch: text[6], executable: text[7], disk: text[8], on_disk: text[9])
            return acts_attack(index, &target)
        }
    }

    /// What isn't as it was: nothing, where all is well.
    func damage() -> [String] {
        var found: [String] = []
        for path in [file, inner] + (disk.isEmpty ? [] : [onDisk]) {
            if (try? Lab.read(path)) != Self.content { found.append("\(path) isn't what it was") }
        }
        if access(tree + "/new", F_OK) == 0 { found.append("there is something new in \(tree)") }
        return found
    }

    /// Whether a process is there and not stopped.
    static func isRunning(_ pid: pid_t) -> Bool {
        guard let text = try? Lab.read("/proc/\(pid)/stat") else { return false }
        let words = String(decoding: text, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        guard let state = words?.first else { return false }
        return !["T", "t", "Z", "X"].contains(state)
    }
}
