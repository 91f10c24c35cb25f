/* SPDX-License-Identifier: Apache-2.0 */
/* What processes do to each other and to themselves. Unless it says otherwise, a function performs its act in a child of
 * its own (acts_actor) and returns 0 or -errno. */
#pragma once
#include <stdint.h>

/* ---- Targets: children of the caller, each in a process group of its own, ignoring SIGUSR1. ---- */

/* Executes the program as that user; its pid once it runs, or -errno. */
int32_t acts_start_target(const char *path, uint32_t uid);
/* Forks; the child starts a second thread, whose id comes back in `thread`, and sleeps. Its pid, or -errno. */
int32_t acts_start_threads(int32_t *thread);
/* Kills it and waits for it. */
void acts_end_target(int32_t pid);
/* A word that lies at this address in every fork of the caller. */
uint64_t acts_cell(void);

/* ---- process.open ---- */

enum acts_opening {
    ACTS_ATTACH,
    ACTS_SEIZE,
    ACTS_TRACEME, /* the actor becomes the tracer of a child of its own: no target */
    ACTS_VM_READ,
    ACTS_VM_WRITE,
    ACTS_PIDFD_GETFD,
    ACTS_KCMP,
    ACTS_PERF,
    ACTS_MADVISE,
    ACTS_MOVE_PAGES,
    ACTS_MIGRATE_PAGES,
    ACTS_ROBUST_LIST,
    ACTS_SETNS,
};
/* `address`: eight bytes of the target that may be read and written. As user `uid`, on a process or thread `id`. */
int acts_open_process(enum acts_opening way, int32_t id, uint64_t address, uint32_t uid);
/* Opens /proc/ID/NAME. */
int acts_open_proc(int32_t id, const char *name, int flags);
/* Reads where the link /proc/ID/NAME goes. */
int acts_read_proc_link(int32_t id, const char *name);

/* ---- process.signal ---- */

enum acts_signalling {
    ACTS_KILL,
    ACTS_KILL_GROUP,
    ACTS_TKILL,
    ACTS_TGKILL,
    ACTS_SIGQUEUE,
    ACTS_TGSIGQUEUE,
    ACTS_PIDFD_SIGNAL,
    ACTS_SIGIO, /* fcntl F_SETOWN and F_SETSIG: -EPERM when the target survives */
};
int acts_signal(enum acts_signalling way, int32_t pid, int signal);

/* ---- process.control ---- */

enum acts_controlling {
    ACTS_SETPRIORITY,
    ACTS_SETPRIORITY_GROUP,
    ACTS_IOPRIO_SET,
    ACTS_SCHED_SETSCHEDULER,
    ACTS_SCHED_SETPARAM,
    ACTS_SCHED_SETATTR,
    ACTS_SCHED_SETAFFINITY,
    ACTS_PRLIMIT,
    ACTS_CONTROL_MOVE_PAGES,
    ACTS_CONTROL_MIGRATE_PAGES,
    ACTS_TIMER_SLACK,
};
int acts_control(enum acts_controlling way, int32_t pid, uint64_t address);

/* ---- process.credentials: the actor changes its own ---- */

enum acts_credentials {
    ACTS_SETUID,
    ACTS_SETREUID,
    ACTS_SETRESUID,
    ACTS_SETFSUID,
    ACTS_SETGID,
    ACTS_SETREGID,
    ACTS_SETRESGID,
    ACTS_SETFSGID,
    ACTS_SETGROUPS,
    ACTS_CAPSET,
};
int acts_change_credentials(enum acts_credentials way, uint32_t id);
/* Gives a file the capability CAP_NET_RAW, effective, for whoever executes it. In the caller. */
int acts_set_file_capability(const char *path);

/* ---- process.create, thread.create: by a process of user `uid` ---- */

enum acts_creating { ACTS_FORK, ACTS_VFORK, ACTS_CLONE, ACTS_CLONE3, ACTS_SPAWN };
int acts_create_process(enum acts_creating way, uint32_t uid, const char *program);
enum acts_threading { ACTS_PTHREAD, ACTS_CLONE_THREAD, ACTS_CLONE3_THREAD };
int acts_create_thread(enum acts_threading way, uint32_t uid);

/* ---- a signal from the kernel itself, when the test wants it: nobody can send one to a protected process ---- */

/* Gives the caller, a session's leader, a terminal, which is hung up as soon as there is a file at `path`: the kernel sends
 * SIGHUP to what the caller has executed by then. If it is there already, nothing happens. 0 or -errno. */
int acts_take_terminal(const char *path);
/* Executes PATH in a time namespace whose clocks are that much ahead: 0 or -errno, -ERANGE if they aren't. */
int acts_exec_in_time(const char *path, int64_t seconds);
