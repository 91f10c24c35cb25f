// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import KernelIntegrity
import LinuxSystem

/// What the check `credentials` has to let pass, and what of an exploit's work it has to see.
struct CredentialsLab {
    let view: KernelView
    let check = CredentialCheck()

    init(_ facts: KernelFacts) { view = KernelView(facts) }

    private func violations() throws -> [Observation] {
        let result = try IntegrityScan(view).run(check)
        for gap in result.gaps { print("  not looked at: \(gap)") }
        return result.observations.filter { $0.severity == .violation }
    }

    // MARK: Legitimate

    /// Everything that gives a process other rights, over and over, while scans run. Each line ends by itself.
    private static let transitions = """
        dir=$(mktemp -d); mount -t tmpfs -o suid,exec,dev lab $dir; cd $dir; chmod 755 $dir
        cp $(command -v id) own; cp own sid; chmod 4755 sid; cp own sgid; chgrp 5 sgid; chmod 2755 sgid
        cp own capable; setcap cap_net_raw+ep capable 2>/dev/null
        mkdir lower upper work merged; echo lower >lower/file; chmod 777 lower lower/file upper
        mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work lab merged
        old=$(cat /proc/sys/kernel/core_pattern); echo '|/bin/true %p' >/proc/sys/kernel/core_pattern
        as() { setpriv --reuid 1000 --regid 1000 "$@"; }
        touch run; rounds=0
        while [ -e run ]; do
          su nobody -s /bin/sh -c id
          as --clear-groups ./sid
          as --groups 4,5,6 ./sgid
          as --init-groups ./capable
          as --clear-groups --inh-caps +net_raw --ambient-caps +net_raw ./own
          setpriv --bounding-set -sys_admin ./sid
          setpriv --securebits +noroot,+noroot_locked ./own
          setpriv --no-new-privs ./sid
          capsh --drop=cap_net_raw --keep=1 --uid=1000 -- -c id
          unshare -U id
          unshare -Ur sh -c 'id; unshare -Urm sh -c "mount -t tmpfs x /mnt; id"'
          as --clear-groups unshare -Ur sh -c 'id; unshare -Ur id'
          unshare -Ur sleep 3 & sleep 0.2; nsenter -U --preserve-credentials -t $! id; nsenter -U -r -t $! id; wait $!
          as --clear-groups sh -c 'cat merged/file; echo x >>merged/file; ls -R merged; rm -f merged/new; touch merged/new'
          as --clear-groups sh -c 'ulimit -c unlimited; kill -SEGV $$'
          perl -e '$) = "7 7 8 9"; $> = 1001; system "id"; $> = 0; $( = 5; $< = 1002; $> = 1002; exec "id"'
          perl -e 'syscall 250, 1, 0; fork; fork; fork; syscall 250, 0, -3, 1; exec "./sid"'
          perl -e 'socket S, 44, 5, 0; socket S, 29, 3, 1'
          sh -c 'id & id | cat; (id); exec ./own'
          rounds=$((rounds + 1))
        done
        echo "$old" >/proc/sys/kernel/core_pattern; umount merged; cd /; umount $dir
        exit $((rounds > 100 ? 100 : rounds))
        """

    /// Whether there was nothing to report while processes changed their rights as they may.
    func legitimate(seconds: Int) throws -> Bool {
        let before = try violations()
        let folder = "/run/credentials-lab"
        try FileSystem.makeDirectory(folder, mode: 0o755)
        setenv("TMPDIR", folder, 1)
        let child = try ChildProcess(["/bin/bash", "-c", Self.transitions], inheriting: [])
        var seen: [Observation] = before
        var scans = 1
        var shortest = UInt64.max
        let start = Clock.awake()
        while Clock.awake() - start < UInt64(seconds) * 1_000_000_000 {
            let began = Clock.awake()
            seen += try violations()
            shortest = min(shortest, Clock.awake() - began)
            scans += 1
            Clock.sleep(microseconds: 50_000)
        }
        for name in try FileSystem.list(folder) { unlink("\(folder)/\(name)/run") }
        var rounds: Int32 = 0
        if case .ended(let status) = child.wait() { rounds = status >> 8 }
        seen += try violations()
        for text in Set(seen.map(\.summary)) { print("  FALSE: \(text)") }
        let passes = seen.isEmpty && rounds > 0
        print(
            "credentials-legitimate: \(scans) scans in \(seconds) s, \(rounds) rounds, the shortest"
                + " \(shortest / 1000) us, \(seen.count) false:"
                + " \(passes ? "PASS" : "FAIL")")
        return passes
    }

    // MARK: An exploit

    /// Whether a process that raises itself is seen: while it sleeps, and when it has executed something and ended in between.
    func raise() throws -> Bool {
        let before = try violations()
        for observation in before { print("  FALSE: \(observation.summary)") }
        let plain = ["/usr/bin/setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "/bin/sh", "-c"]
        let sleeper = try ChildProcess(plain + ["sleep 1000; :"], inheriting: [])
        let quick = try ChildProcess(plain + ["sleep 3; id; exec /bin/true"], inheriting: [])
        Clock.sleep(microseconds: 500_000)
        let first = try tampered(sleeper.pid) { try violations() }
        for observation in first { print("  seen: \(observation.summary)") }
        // It goes on with what it was given, and is gone before anybody looks.
        let module = Fixture("credentials")
        try module.load(["pid=\(quick.pid)", "by=commit"])
        try module.tamper(true)
        _ = quick.wait()
        try? module.tamper(false)
        module.unload()
        let second = try violations().filter { $0.process == quick.pid }
        for observation in second { print("  seen afterwards: \(observation.summary)") }
        sleeper.signal(SIGKILL)
        let passes = before.isEmpty && first.contains { $0.process == sleeper.pid } && !second.isEmpty
        print("credentials-raise: \(passes ? "PASS" : "FAIL")")
        return passes
    }

    private func tampered<Result>(_ pid: Int32, _ body: () throws -> Result) throws -> Result {
        let module = Fixture("credentials")
        try module.load(["pid=\(pid)", "by=commit"])
        defer { module.unload() }
        try module.tamper(true)
        return try body()
    }
}
