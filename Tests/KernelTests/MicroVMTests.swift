// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What scripts/vm promises to people and to the tests beside this one.
@Suite(.serialized)
struct MicroVMTests {
    private func vm(_ options: String, _ command: String) throws -> MicroVM.Outcome {
        try MicroVM.run(["bash", "-c", "scripts/vm \(options) -- bash -c '\(command)'"])
    }

    @Test("from start to the command's first line: under 10 s", arguments: MicroVM.kernels)
    func boot(kernel: String) throws {
        // The least of three: the machine that tests may be busy with something else for a while.
        let times = try (0..<3).map { _ in
            let clock = ContinuousClock()
            let start = clock.now
            let outcome = try vm("--kernel \(kernel)", "date +%s.%N; uname -r")
            #expect(outcome.status == 0, "\(outcome.output)")
            return clock.now - start
        }
        print("boot of \(kernel), start to end: \(times)")
        #expect(times.min()! < .seconds(10))
    }

    @Test("the command's exit status, standard output and standard error come through")
    func outcome() throws {
        #expect(try vm("", "exit 7").status == 7)
        #expect(try vm("2>/dev/null", "echo out; echo err >&2").output == "out\n")
        #expect(try vm("2>&1 >/dev/null", "echo out; echo err >&2").output == "err\n")
    }

    @Test("the command runs as root in the current directory, with everything mounted, and writes to memory only")
    func place() throws {
        let outcome = try vm(
            "",
            "id -u; pwd; grep -ow bpf /sys/kernel/security/lsm; touch /etc/written-in-the-vm Makefile.written; "
                + "for d in /proc /sys /dev /dev/pts /dev/shm /run /tmp /sys/fs/bpf /sys/fs/cgroup /sys/kernel/security "
                + "/sys/kernel/tracing /sys/kernel/debug; do mountpoint -q $d || echo $d is not mounted; done")
        #expect(outcome.status == 0)
        // A checkout below /tmp is to be seen there, so that it isn't covered.
        let tmp = MicroVM.root.hasPrefix("/tmp/") ? "/tmp is not mounted\n" : ""
        #expect(outcome.output == "0\n\(MicroVM.root)\nbpf\n\(tmp)")
        #expect(!FileManager.default.fileExists(atPath: "/etc/written-in-the-vm"))
        #expect(!FileManager.default.fileExists(atPath: MicroVM.root + "/Makefile.written"))
    }

    @Test("a command that doesn't end is ended: 124")
    func timeout() throws {
        #expect(try vm("--timeout 12", "sleep 100").status == 124)
    }

    @Test("a machine that dies is 125, with the end of its console")
    func death() throws {
        let outcome = try vm("", "echo c > /proc/sysrq-trigger")
        #expect(outcome.status == 125)
        #expect(outcome.output.contains("sysrq triggered crash"), "\(outcome.output)")
    }

    @Test("a wrong option is 2, and says what would be right")
    func usage() throws {
        let outcome = try vm("--kernel 2.4", "true")
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("6.1, 6.12 or latest"))
    }

    @Test("machines don't disturb each other")
    func several() throws {
        let outcome = try MicroVM.run([
            "bash", "-c",
            "for n in 1 2 3; do scripts/vm --memory 512 -- bash -c \"echo $n >/tmp/n; sleep 1; exec cat /tmp/n\" & done; wait",
        ])
        #expect(outcome.output.split(separator: "\n").sorted() == ["1", "2", "3"], "\(outcome.output)")
    }

    @Test(
        "programs that don't load: the daemon names the program, the kernel, the verifier's last lines and the way out")
    func refusedPrograms() throws {
        let outcome = try vm(
            "--append lockdown=confidentiality 2>&1",
            ".build/release/sallyportd --state /run/state --run /run/socket")
        #expect(outcome.status == 1)
        for words in [
            "load program process_exec", "doesn't load", "processed ", "bpf_probe_read",
            "lockdown=integrity",
        ] { #expect(outcome.output.contains(words), "\(words) in \(outcome.output)") }
    }
}
