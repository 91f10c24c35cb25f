// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Glibc

/// Has systemd take the place of the machine's process 1, with the platform installed as packaging/ says and sealed at
/// start. `SystemdScenarios` are a service then. The end of the machine hands their status to the host: a program that
/// systemd-shutdown executes when it has ended all processes and unmounted what it could.
enum SystemdBoot {
    static let folder = "/run/booted"
    /// A file there has the kernel end the daemon.
    static let hangUp = folder + "/hang-up"
    static let log = folder + "/sallyport.log"
    static let status = folder + "/status"
    /// When the end of the machine was asked for: the first word of /proc/uptime.
    static let endsAt = folder + "/ends-at"

    static let unit = "/etc/systemd/system/sallyport.service"
    static let dropIns = unit + ".d"
    static let state = "/var/lib/sallyport"

    /// Has nothing to do with what is tested, and takes seconds on an emulated processor.
    private static let masked = [
        "kmod-static-nodes.service", "proc-sys-fs-binfmt_misc.automount", "systemd-ask-password-console.path",
        "systemd-ask-password-wall.path", "systemd-binfmt.service", "systemd-firstboot.service",
        "systemd-initctl.socket", "systemd-journal-flush.service", "systemd-journald-audit.socket",
        "systemd-journald-dev-log.socket", "systemd-journald.service", "systemd-journald.socket",
        "systemd-machine-id-commit.service", "systemd-pstore.service", "systemd-random-seed.service",
        "systemd-remount-fs.service", "systemd-sysusers.service", "systemd-tmpfiles-setup-dev.service",
        "systemd-tmpfiles-setup.service", "systemd-update-utmp.service",
    ]

    static func prepare(_ arguments: [String]) throws {
        guard arguments.count >= 2 else { throw Failure("the paths of sallyportd and sallyport are missing") }
        for path in [folder, "/etc/systemd"] { mkdir(path, 0o755) }
        // The host may be a container; systemd unmounts nothing in one.
        for path in ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"] { unlink(path) }
        // The machine's own units aren't of interest.
        try expect(acts_mount("units", "/etc/systemd", "tmpfs", 0, "mode=0755"), 0, "mount")
        for path in ["", "/system", "/system-generators"] { mkdir("/etc/systemd" + path, 0o755) }
        for path in masked { symlink("/dev/null", "/etc/systemd/system/" + path) }
        for path in try names(in: "/usr/lib/systemd/system-generators") {
            symlink("/dev/null", "/etc/systemd/system-generators/" + path)
        }
        try install(daemon: arguments[0], command: arguments[1])
        try makeDisk()
        try prepareJob(Array(arguments.dropFirst(2)))
        try prepareEnd()
        try Lab.write("/lib/systemd/systemd\n", to: "/run/vm/final.program", mode: 0o644)
        try Lab.write("", to: "/run/vm/final.sh", mode: 0o644)
    }

    /// As a package does, and a site that wants it sealed at each start. The test's own drop-in has the kernel end the daemon
    /// when the test says so.
    private static func install(daemon: String, command: String) throws {
        for (source, target) in [(daemon, "/usr/sbin/sallyportd"), (command, "/usr/sbin/sallyport")] {
            try Lab.copy(source, to: target)
        }
        // What lies in the lower layer of the machine's overlay has no number that stays.
        let shutdown = "/usr/lib/systemd/systemd-shutdown"
        try Lab.copy(shutdown, to: shutdown + "-copy")
        try expect(rename(shutdown + "-copy", shutdown), 0, "rename")
        mkdir(dropIns, 0o755)
        let seal = try Lab.read("packaging/sallyport.service.d/seal.conf")
        try Lab.write(try Lab.read("packaging/sallyport.service"), to: unit, mode: 0o644)
        try Lab.write(seal, to: dropIns + "/seal.conf", mode: 0o644)
        let lines = String(decoding: seal, as: UTF8.self).split(separator: "\n")
        guard let line = lines.last(where: { $0.hasPrefix("ExecStart=/") }) else { throw Failure("no ExecStart") }
        let text = """
            [Service]
            ExecStart=
            ExecStart=\(try ownPath()) on-terminal \(hangUp) \(line.dropFirst("ExecStart=".count))
            Environment=VM=1
            StandardOutput=append:\(log)
            StandardError=append:\(log)
            TimeoutStartSec=10min

            """
        try Lab.write(text, to: dropIns + "/test.conf", mode: 0o644)
        try enable("sallyport.service", in: "sysinit.target")
    }

    /// The platform's state lies on a file system that the end of the machine has to unmount.
    private static func makeDisk() throws {
        let image = folder + "/disk"
        for words in [
            ["/sbin/modprobe", "loop"], ["/sbin/modprobe", "ext4"], ["/usr/bin/truncate", "-s", "32M", image],
            ["/sbin/mkfs.ext4", "-q", image], ["/bin/mkdir", "-p", state], ["/bin/mount", "-o", "loop", image, state],
        ] {
            try expect(try DaemonProcess.runToEnd(words, output: folder + "/disk.log"), 0, words.joined(separator: " "))
        }
    }

    private static func prepareJob(_ words: [String]) throws {
        let kernel = getenv("VM_KERNEL").map { String(cString: $0) } ?? ""
        let text = """
            [Unit]
            After=sysinit.target
            FailureAction=reboot
            [Service]
            Type=oneshot
            Environment=VM=1 VM_KERNEL=\(kernel) HOME=/root
            ExecStart=\(try ownPath()) booted /usr/sbin/sallyportd /usr/sbin/sallyport \(words.map { "\"\($0)\"" }.joined())
            StandardOutput=append:/job/stdout
            StandardError=append:/job/stdout

            """
        try Lab.write(text, to: "/etc/systemd/system/job.service", mode: 0o644)
        try Lab.write(
            "[Unit]\nRequires=sysinit.target\nAfter=sysinit.target\nAllowIsolate=yes\n",
            to: "/etc/systemd/system/default.target", mode: 0o644)
        try enable("job.service", in: "default.target")
    }

    private static func prepareEnd() throws {
        let text = """
            #!/run/vm/busybox sh
            # The last program that the machine executes.
            B=/run/vm/busybox
            result=1 began=0
            read -r began _ <\(endsAt)
            read -r now _ </proc/uptime
            read -r result <\(status)
            $B mkdir -p \(folder)/job
            $B mount -t 9p -o trans=virtio,version=9p2000.L,access=any,cache=none job \(folder)/job ||
                $B mount --bind /job \(folder)/job
            exec >>\(folder)/job/stdout 2>&1
            took=$((${now%.*} - ${began%.*}))
            fail() { echo "FAIL  the end of the machine, after $took s: $1"; $B cat \(log); result=1; }
            for process in /proc/[0-9]*; do
                case $($B readlink "$process/exe") in */sallyportd*) fail "the platform is still there" ;; esac
            done
            ! $B grep -q ' \(state) ' /proc/self/mountinfo || fail "its state is still mounted"
            $B grep -q 'the machine is going down' \(log) || fail "the platform didn't see it"
            [ "$took" -le 60 ] || fail "it took too long"
            [ "$result" -ne 0 ] || echo "pass  $1: everything was ended and unmounted, in $took s"
            echo "$result" >\(folder)/job/status

            """
        mkdir("/usr/lib/systemd/system-shutdown", 0o755)
        try Lab.write(text, to: "/usr/lib/systemd/system-shutdown/vm")
    }

    private static func enable(_ name: String, in target: String) throws {
        let folder = "/etc/systemd/system/\(target).wants"
        mkdir(folder, 0o755)
        try expect(symlink("../" + name, folder + "/" + name), 0, "symlink")
    }

    private static func ownPath() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else { throw Failure("no path of one's own") }
        defer { free(path) }
        return String(cString: path)
    }

    private static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw Failure("no directory \(folder)") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// `kernel-scenarios on-terminal FILE PROGRAM ARGUMENT…`
    static func executeOnTerminal(_ arguments: [String]) throws {
        guard arguments.count >= 2 else { throw Failure("on-terminal FILE PROGRAM …") }
        try expect(acts_take_terminal(arguments[0]), 0, "a terminal")
        Lab.withStrings(Array(arguments.dropFirst())) { argv in _ = execv(arguments[1], argv) }
        throw Failure("execute \(arguments[1]): \(String(cString: strerror(errno)))")
    }

    /// Has the machine ended, as an operator does; this process is ended with it.
    static func end(status: Int32) throws {
        try Lab.write("\(status)\n", to: Self.status, mode: 0o644)
        try Lab.write(try Lab.read("/proc/uptime"), to: endsAt, mode: 0o644)
        let way = getenv("VM_KERNEL").map { String(cString: $0) } == "6.1" ? "poweroff" : "reboot"
        let words = ["/usr/bin/systemctl", "--no-block", way]
        try expect(try DaemonProcess.runToEnd(words, output: folder + "/end.log"), 0, "systemctl \(way)")
    }
}
