// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// What processes do to each other and to themselves, by every system call and file that leads there.
enum ProcessScenarios {
    static let all = opening + signalling + controlling + credentials + creating

    /// How events name the ways in.
    enum Way {
        static let ptrace = "ptrace"
        static let traceme = "PTRACE_TRACEME"
        static let vmRead = "process_vm_readv"
        static let vmWrite = "process_vm_writev"
        static let mem = "/proc/PID/mem"
        static let proc = "/proc/PID"
        static let getDescriptor = "pidfd_getfd"
        static let kcmp = "kcmp"
        static let uring = "io_uring"
    }

    private static let own = Make.exe(Lab.own)
    private static let user: UInt32 = 65534
    private static let address = Lab.sleeperAddress

    /// A program in a directory of its own that sleeps when it is executed.
    private static func sleeper(_ name: String) throws -> String {
        let path = try Lab.folder(name) + "/sleeper"
        try Lab.write(Lab.sleeperProgram, to: path, mode: 0o755)
        return path
    }

    // MARK: Opening

    private static let opening: [Scenario] = [
        Scenario("getting at another process is decided, by whatever system call") { lab in
            let sleeper = try sleeper("opened")
            let (target, others) = (try Target(sleeper), try Target(sleeper, user: user))
            // So that an ordinary user may count events of its own processes.
            try Lab.put("1", into: "/proc/sys/kernel/perf_event_paranoid")
            func act(
                _ name: String, _ way: acts_opening, _ access: Access, by word: String? = nil, refused: Int32 = -EPERM
            ) -> Act {
                let pid = target.pid
                return Act(name, refused: refused) { acts_open_process(way, pid, address, 0) }
                    .seen(pid: pid, target: sleeper, access: [access], way: word)
            }
            let other = others.pid
            try await lab.attempt(
                [
                    act("PTRACE_ATTACH", ACTS_ATTACH, .attach, by: Way.ptrace),
                    act("PTRACE_SEIZE", ACTS_SEIZE, .attach, by: Way.ptrace),
                    act("process_vm_readv", ACTS_VM_READ, .readMemory, by: Way.vmRead),
                    act("process_vm_writev", ACTS_VM_WRITE, .writeMemory, by: Way.vmWrite),
                    act("pidfd_getfd", ACTS_PIDFD_GETFD, .getDescriptor, by: Way.getDescriptor),
                    act("kcmp", ACTS_KCMP, .inspect, by: Way.kcmp),
                    act("process_madvise", ACTS_MADVISE, .inspect, refused: -EACCES),
                    act("move_pages", ACTS_MOVE_PAGES, .inspect),
                    act("migrate_pages", ACTS_MIGRATE_PAGES, .inspect),
                    act("get_robust_list", ACTS_ROBUST_LIST, .inspect),
                    act("setns", ACTS_SETNS, .inspect),
                    Act("perf_event_open", refused: -EACCES) { acts_open_process(ACTS_PERF, other, address, user) }
                        .seen(pid: other, target: sleeper, access: [.inspect]),
                ], of: .processOpen, under: Make.deny(.processOpen, subject: own, object: Make.exe(sleeper)))
            withExtendedLifetime((target, others)) {}
        },
        Scenario("getting at another process through /proc is decided, by whatever file") { lab in
            let sleeper = try sleeper("read")
            let target = try Target(sleeper)
            let pid = target.pid
            try Lab.allowUring()
            func opened(
                _ name: String, _ flags: Int32 = O_RDONLY, _ access: Access = .inspect, by way: String = Way.proc,
                refused: Int32 = -EACCES
            ) -> Act {
                Act("/proc/PID/\(name) \(flags)", refused: refused) { acts_open_proc(pid, name, flags) }
                    .seen(pid: pid, target: sleeper, access: [access], way: way)
            }
            func followed(_ name: String) -> Act {
                Act("link /proc/PID/\(name)", refused: -EACCES) { acts_read_proc_link(pid, name) }
                    .seen(pid: pid, target: sleeper, access: [.inspect], way: Way.proc)
            }
            let maps = "/proc/\(pid)/maps"
            try await lab.attempt(
                [
                    opened("mem", O_RDONLY, .readMemory, by: Way.mem),
                    opened("mem", O_WRONLY, .writeMemory, by: Way.mem),
                    opened("mem", O_RDWR, .writeMemory, by: Way.mem),
                    opened("maps"), opened("smaps"), opened("pagemap"), opened("environ"), opened("auxv"),
                    opened("fd/0"), opened("fdinfo/0"), opened("exe"),
                    followed("exe"), followed("cwd"), followed("root"), followed("fd/0"), followed("ns/uts"),
                    Act("/proc/PID/maps by io_uring", refused: -EACCES) {
                        acts_open_file(ACTS_OPEN_URING_WORKER, maps, O_RDONLY)
                    }.seen(pid: pid, target: sleeper, access: [.inspect], way: Way.uring),
                ], of: .processOpen, under: Make.deny(.processOpen, subject: own, object: Make.exe(sleeper)))
            withExtendedLifetime(target) {}
        },
        Scenario("of PTRACE_TRACEME the subject is the parent") { lab in
            try await lab.attempt(
                [
                    Act("PTRACE_TRACEME") { acts_open_process(ACTS_TRACEME, 0, 0, 0) }
                        .seen(target: Lab.own, access: [.attach], way: Way.traceme)
                ], of: .processOpen, under: Make.deny(.processOpen, subject: own, object: own))
        },
        Scenario("a thread's own number is no way around") { lab in
            let target = try Target(threads: ())
            let (pid, thread, cell) = (target.pid, target.thread, acts_cell())
            func act(_ name: String, _ way: acts_opening, _ access: Access, by word: String? = nil) -> Act {
                Act(name) { acts_open_process(way, thread, cell, 0) }
                    .seen(pid: pid, target: Lab.own, access: [access], way: word)
            }
            try await lab.attempt(
                [
                    act("PTRACE_SEIZE", ACTS_SEIZE, .attach, by: Way.ptrace),
                    act("process_vm_readv", ACTS_VM_READ, .readMemory, by: Way.vmRead),
                    act("process_vm_writev", ACTS_VM_WRITE, .writeMemory, by: Way.vmWrite),
                    act("kcmp", ACTS_KCMP, .inspect, by: Way.kcmp),
                    act("move_pages", ACTS_MOVE_PAGES, .inspect),
                    act("get_robust_list", ACTS_ROBUST_LIST, .inspect),
                    Act("/proc/PID/task/TID/mem", refused: -EACCES) {
                        acts_open_proc(pid, "task/\(thread)/mem", O_RDONLY)
                    }.seen(pid: pid, access: [.readMemory], way: Way.mem),
                    Act("/proc/TID/maps", refused: -EACCES) { acts_open_proc(thread, "maps", O_RDONLY) }
                        .seen(pid: pid, access: [.inspect], way: Way.proc),
                ], of: .threadOpen, under: Make.deny(.processOpen, subject: own, object: own))
            try await lab.attempt(
                [act("PTRACE_SEIZE", ACTS_SEIZE, .attach, by: Way.ptrace)], of: .threadOpen,
                under: Make.deny(.threadOpen, subject: own, object: own))
            withExtendedLifetime(target) {}
        },
        Scenario("a rule that names an access or an executable leaves the others alone") { lab in
            let (sleeper, other) = (try sleeper("chosen"), try sleeper("left-alone"))
            let (target, neighbour) = (try Target(sleeper), try Target(other))
            try await lab.setPolicies([
                Make.policy(
                    Make.deny(
                        .processOpen, subject: own, object: Make.exe(sleeper), access: [.readMemory, .writeMemory]))
            ])
            try expect(acts_open_process(ACTS_VM_READ, target.pid, address, 0), -EPERM, "read its memory")
            try expect(acts_open_proc(target.pid, "mem", O_RDWR), -EACCES, "open its memory")
            try expect(acts_open_process(ACTS_SEIZE, target.pid, 0, 0), 0, "trace it")
            try expect(acts_open_proc(target.pid, "maps", O_RDONLY), 0, "read its maps")
            try expect(acts_open_process(ACTS_VM_READ, neighbour.pid, address, 0), 0, "read another one's memory")
            withExtendedLifetime((target, neighbour)) {}
        },
        Scenario("a process's access to itself is no operation") { lab in
            try await lab.setPolicies([Make.policy(Make.deny(.processOpen, subject: own, object: own))])
            for name in ["mem", "maps", "exe"] {
                try expect(acts_open_path("/proc/self/\(name)", O_RDONLY), 0, "open /proc/self/\(name)")
            }
        },
    ]

    // MARK: Signals

    private static let signalling: [Scenario] = [
        Scenario("a signal is decided, by whatever system call") { lab in
            let sleeper = try sleeper("signalled")
            let target = try Target(sleeper)
            let pid = target.pid
            func act(_ name: String, _ way: acts_signalling, _ signal: Int32 = SIGUSR1) -> Act {
                Act(name) { acts_signal(way, pid, signal) }
                    .seen(pid: pid, target: sleeper, signal: Int(signal))
            }
            try await lab.attempt(
                [
                    act("kill", ACTS_KILL), act("kill of a group", ACTS_KILL_GROUP), act("tkill", ACTS_TKILL),
                    act("tgkill", ACTS_TGKILL), act("rt_sigqueueinfo", ACTS_SIGQUEUE),
                    act("rt_tgsigqueueinfo", ACTS_TGSIGQUEUE), act("pidfd_send_signal", ACTS_PIDFD_SIGNAL),
                    act("kill with signal 0", ACTS_KILL, 0),
                    Act("kill of 32-bit programs") { acts_kill_32_bit(pid, SIGUSR1) }
                        .seen(pid: pid, signal: Int(SIGUSR1)),
                ], of: .processSignal, under: Make.deny(.processSignal, subject: own, object: Make.exe(sleeper)))
            try await lab.setPolicies([])
            withExtendedLifetime(target) {}
        },
        Scenario("a rule on KILL lets TERM pass") { lab in
            let sleeper = try sleeper("protected")
            try await lab.setPolicies([
                Make.policy(
                    Make.rule(
                        "no-kill", .deny, on: [.processSignal], subject: own, object: Make.exe(sleeper),
                        signals: [Signal("KILL")!]))
            ])
            let pid = acts_start_target(sleeper, 0)
            try require(pid > 0, "start the target: \(pid)")
            try expect(acts_signal(ACTS_KILL, pid, SIGKILL), -EPERM, "SIGKILL")
            let event = try await lab.expectEvent("the denied SIGKILL") {
                $0.operation == .processSignal && $0.decision.verdict == .deny
            }
            try expect(event.details.signal?.text, "KILL", "signal")
            try expect(acts_signal(ACTS_KILL, pid, SIGTERM), 0, "SIGTERM")
            try expect(Target.wait(for: pid), SIGTERM, "wait status")
        },
    ]

    // MARK: Control

    private static let controlling: [Scenario] = [
        Scenario("another process's priority, scheduling, limits and pages are decided") { lab in
            let sleeper = try sleeper("controlled")
            let target = try Target(sleeper)
            let pid = target.pid
            func act(_ name: String, _ way: acts_controlling, _ access: Access) -> Act {
                Act(name) { acts_control(way, pid, address) }.seen(pid: pid, target: sleeper, access: [access])
            }
            try await lab.attempt(
                [
                    act("setpriority", ACTS_SETPRIORITY, .priority),
                    act("setpriority of a group", ACTS_SETPRIORITY_GROUP, .priority),
                    act("ioprio_set", ACTS_IOPRIO_SET, .ioPriority),
                    act("sched_setscheduler", ACTS_SCHED_SETSCHEDULER, .scheduler),
                    act("sched_setparam", ACTS_SCHED_SETPARAM, .scheduler),
                    act("sched_setattr", ACTS_SCHED_SETATTR, .scheduler),
                    act("sched_setaffinity", ACTS_SCHED_SETAFFINITY, .scheduler),
                    act("/proc/PID/timerslack_ns", ACTS_TIMER_SLACK, .scheduler),
                    act("prlimit", ACTS_PRLIMIT, .limits),
                    act("move_pages", ACTS_CONTROL_MOVE_PAGES, .movePages),
                    act("migrate_pages", ACTS_CONTROL_MIGRATE_PAGES, .movePages),
                ], of: .processControl, under: Make.deny(.processControl, subject: own, object: Make.exe(sleeper)))
            withExtendedLifetime(target) {}
        },
        Scenario("a move to another cgroup is reported") { lab in
            let target = try Target(try sleeper("moved"))
            let group = try Lab.cgroup("lab-moved")
            let pid = target.pid
            try Lab.put("\(pid)", into: group + "/cgroup.procs")
            let event = try await lab.expectEvent("the move") {
                guard $0.operation == .processControl, case .process(let process) = $0.object else { return false }
                return process.pid == pid
            }
            try expect(event.details.access, [.cgroup], "access")
            try Lab.put("\(pid)", into: "/sys/fs/cgroup/cgroup.procs")
            rmdir(group)
            withExtendedLifetime(target) {}
        },
    ]

    // MARK: Credentials

    private static let credentials: [Scenario] = [
        Scenario("a change of user, groups or capabilities is decided, by whatever system call") { lab in
            func act(
                _ name: String, _ way: acts_credentials, _ access: Access, to id: UInt32 = user,
                nextUser: UInt32? = nil
            ) -> Act {
                Act(name) { acts_change_credentials(way, id) }.seen(access: [access], nextUser: nextUser)
            }
            try await lab.attempt(
                [
                    act("setuid", ACTS_SETUID, .user, nextUser: user),
                    act("setreuid", ACTS_SETREUID, .user, nextUser: user),
                    act("setresuid", ACTS_SETRESUID, .user, nextUser: user),
                    act("setfsuid", ACTS_SETFSUID, .user),
                    act("setgid", ACTS_SETGID, .group), act("setregid", ACTS_SETREGID, .group),
                    act("setresgid", ACTS_SETRESGID, .group), act("setfsgid", ACTS_SETFSGID, .group),
                    act("setgroups", ACTS_SETGROUPS, .groups),
                    act("capset", ACTS_CAPSET, .capabilities),
                ], of: .processCredentials, under: Make.deny(.processCredentials, subject: own))
        },
        Scenario("an execution that gains identity or capabilities is decided") { lab in
            let folder = try Lab.folder("gains")
            let names = ["setuid", "setgid", "capable"]
            for name in names { try Lab.copy(Lab.tiny, to: folder + "/" + name) }
            chmod(folder + "/setuid", 0o4755)
            chmod(folder + "/setgid", 0o2755)
            try expect(acts_set_file_capability(folder + "/capable"), 0, "give the file a capability")
            try await lab.attempt(
                names.map { name in
                    let program = folder + "/" + name
                    return Act(name) { Lab.withStrings([program]) { acts_exec_as(user, program, $0) } }
                        .seen(access: [.exec], nextUser: name == "setuid" ? 0 : user)
                }, of: .processCredentials,
                under: Make.deny(.processCredentials, subject: own, access: [.exec]))
            try await lab.setPolicies([Make.policy(Make.deny(.processCredentials, subject: own, access: [.exec]))])
            try expect(Lab.withStrings([Lab.tiny]) { acts_exec_as(user, Lab.tiny, $0) }, 0, "one that gains nothing")
            try expect(acts_change_credentials(ACTS_SETUID, user), 0, "setuid under a rule on executions")
        },
    ]

    // MARK: Creation

    private static let creating: [Scenario] = [
        Scenario("creating a process is decided, by whatever system call") { lab in
            func act(_ name: String, _ way: acts_creating) -> Act {
                Act(name) { acts_create_process(way, user, Lab.tiny) }
            }
            try await lab.attempt(
                [
                    act("fork", ACTS_FORK), act("vfork", ACTS_VFORK), act("clone", ACTS_CLONE),
                    act("clone3", ACTS_CLONE3), act("posix_spawn", ACTS_SPAWN),
                ], of: .processCreate,
                under: Make.deny(.processCreate, subject: Condition(.exe(Make.list([Lab.own])), .user([.id(user)]))))
            try await lab.setPolicies([Make.policy(Make.deny(.processCreate, subject: Condition(.user([.id(user)]))))])
            try expect(acts_create_thread(ACTS_PTHREAD, user), 0, "a thread under a rule on processes")
        },
        Scenario("starting a thread is decided, by whatever system call") { lab in
            func act(_ name: String, _ way: acts_threading) -> Act {
                Act(name) { acts_create_thread(way, user) }
            }
            let condition = Condition(.user([.id(user)]))
            try await lab.attempt(
                [
                    act("pthread_create", ACTS_PTHREAD), act("clone", ACTS_CLONE_THREAD),
                    act("clone3", ACTS_CLONE3_THREAD),
                ], of: .threadCreate, under: Make.deny(.threadCreate, subject: condition))
            try await lab.setPolicies([Make.policy(Make.deny(.threadCreate, subject: condition))])
            try expect(acts_create_process(ACTS_FORK, user, Lab.tiny), 0, "a process under a rule on threads")
        },
    ]
}
