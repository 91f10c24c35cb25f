/* SPDX-License-Identifier: Apache-2.0 */
/* What one process does to another: open, signal, control. */
#include "child.h"
#include "process_acts.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* ---- Targets ---- */

static volatile uint64_t cell = 1;

uint64_t acts_cell(void)
{
    return (uint64_t)(uintptr_t)&cell;
}

int32_t acts_start_target(const char *path, uint32_t uid)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {(char *)path, NULL}, *envp[] = {NULL};
        int error = child_become(uid);
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        setpgid(0, 0);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL); /* whatever the test program blocks */
        signal(SIGTERM, SIG_DFL);
        signal(SIGUSR1, SIG_IGN); /* outlives the exec */
        if (!error) {
            execve(path, argv, envp);
            error = -errno;
        }
        ssize_t ignored = write(channel[1], &error, sizeof(error));
        (void)ignored;
        _exit(111);
    }
    int error = pid < 0 ? -errno : 0;
    close(channel[1]);
    /* The end of the file comes with the exec. */
    if (pid > 0 && read(channel[0], &error, sizeof(error)) == (ssize_t)sizeof(error))
        child_reap(pid);
    close(channel[0]);
    return error ? error : pid;
}

static void *sleep_for_ever(void *channel)
{
    int32_t own = (int32_t)syscall(SYS_gettid);
    ssize_t ignored = write(*(int *)channel, &own, sizeof(own));
    (void)ignored;
    for (;;)
        pause();
}

int32_t acts_start_threads(int32_t *thread)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t second;
        setpgid(0, 0);
        signal(SIGUSR1, SIG_IGN);
        if (pthread_create(&second, NULL, sleep_for_ever, &channel[1]))
            _exit(111);
        for (;;)
            pause();
    }
    int error = pid < 0 ? -errno : 0;
    close(channel[1]);
    if (pid > 0 && read(channel[0], thread, sizeof(*thread)) != (ssize_t)sizeof(*thread)) {
        error = -ECHILD;
        acts_end_target(pid);
    }
    close(channel[0]);
    return error ? error : pid;
}

void acts_end_target(int32_t pid)
{
    if (pid <= 0)
        return;
    /* A rule that is in force may protect it: then it is left, rather than waited for. */
    if (!kill(pid, SIGKILL))
        child_reap(pid);
}

/* ---- process.open ---- */

struct open_request {
    enum acts_opening way;
    pid_t id;
    uint64_t address;
};

static int attach(pid_t id)
{
    if (ptrace(PTRACE_ATTACH, id, NULL, NULL))
        return -errno;
    waitpid(id, NULL, __WALL);
    return RESULT(ptrace(PTRACE_DETACH, id, NULL, NULL));
}

static int traced_child(void)
{
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0);
    int status = child_reap(pid);
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static int transfer(pid_t id, uint64_t address, int writes)
{
    uint64_t word = 0;
    struct iovec here = {&word, sizeof(word)}, there = {(void *)(uintptr_t)address, sizeof(word)};
    return RESULT(writes ? process_vm_writev(id, &here, 1, &there, 1, 0)
                         : process_vm_readv(id, &here, 1, &there, 1, 0));
}

static int with_pidfd(enum acts_opening way, pid_t id, uint64_t address)
{
    int pidfd = (int)syscall(SYS_pidfd_open, id, 0);
    if (pidfd < 0)
        return -errno;
    struct iovec range = {(void *)(uintptr_t)(address & ~4095ull), 4096};
    if (way == ACTS_PIDFD_GETFD)
        return child_opened((int)syscall(SYS_pidfd_getfd, pidfd, 0, 0));
    if (way == ACTS_SETNS)
        return RESULT(setns(pidfd, CLONE_NEWUTS));
    int error = child_drop_monitoring();
    return error ? error : RESULT(syscall(SYS_process_madvise, pidfd, &range, 1, MADV_COLD, 0));
}

static int count_events(pid_t id)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof(attributes),
        .config = PERF_COUNT_SW_DUMMY,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    return child_opened((int)syscall(SYS_perf_event_open, &attributes, id, -1, -1, 0));
}

static int move_pages(pid_t id, uint64_t address)
{
    void *page = (void *)(uintptr_t)(address & ~4095ull);
    int status = 0;
    return RESULT(syscall(SYS_move_pages, id, 1, &page, NULL, &status, 0));
}

static int migrate_pages(pid_t id)
{
    unsigned long node = 1;
    return RESULT(syscall(SYS_migrate_pages, id, 2, &node, &node));
}

static int open_body(void *argument)
{
    struct open_request *r = argument;
    void *head = NULL;
    size_t length = 0;
    switch (r->way) {
    case ACTS_ATTACH:
        return attach(r->id);
    case ACTS_SEIZE:
        return RESULT(ptrace(PTRACE_SEIZE, r->id, NULL, NULL)); /* ends with the tracer */
    case ACTS_TRACEME:
        return traced_child();
    case ACTS_VM_READ:
    case ACTS_VM_WRITE:
        return transfer(r->id, r->address, r->way == ACTS_VM_WRITE);
    case ACTS_PIDFD_GETFD:
    case ACTS_MADVISE:
    case ACTS_SETNS:
        return with_pidfd(r->way, r->id, r->address);
    case ACTS_KCMP:
        return RESULT(syscall(SYS_kcmp, getpid(), r->id, KCMP_VM, 0, 0));
    case ACTS_PERF:
        return count_events(r->id);
    case ACTS_MOVE_PAGES:
        return move_pages(r->id, r->address);
    case ACTS_MIGRATE_PAGES:
        return migrate_pages(r->id);
    case ACTS_ROBUST_LIST:
        return RESULT(syscall(SYS_get_robust_list, r->id, &head, &length));
    }
    return -EINVAL;
}

int acts_open_process(enum acts_opening way, int32_t id, uint64_t address, uint32_t uid)
{
    struct open_request r = {way, id, address};
    return child_run_as(uid, open_body, &r);
}

struct proc_request {
    pid_t id;
    const char *name;
    int flags;
    int is_link;
};

static int proc_body(void *argument)
{
    struct proc_request *r = argument;
    char path[256], target[256];
    snprintf(path, sizeof(path), "/proc/%d/%s", r->id, r->name);
    int error = child_drop_monitoring();
    if (error)
        return error;
    if (r->is_link)
        return RESULT(readlink(path, target, sizeof(target)));
    return child_opened(open(path, r->flags | O_CLOEXEC));
}

int acts_open_proc(int32_t id, const char *name, int flags)
{
    struct proc_request r = {.id = id, .name = name, .flags = flags};
    return child_run(proc_body, &r);
}

int acts_read_proc_link(int32_t id, const char *name)
{
    struct proc_request r = {.id = id, .name = name, .is_link = 1};
    return child_run(proc_body, &r);
}

/* ---- process.signal ---- */

struct signal_request {
    enum acts_signalling way;
    pid_t pid;
    int signal;
};

static int has_ended(pid_t pid)
{
    char path[64], text[256];
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 1;
    ssize_t count = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[count > 0 ? count : 0] = 0;
    const char *end = strrchr(text, ')');
    return !end || end[2] == 'Z' || end[2] == 'X';
}

/* The kernel sends it for us, as soon as there is something to read. */
static int signal_by_descriptor(pid_t pid, int number)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) || fcntl(ends[0], F_SETOWN, pid) ||
        fcntl(ends[0], F_SETSIG, number) || fcntl(ends[0], F_SETFL, O_ASYNC))
        return -errno;
    if (write(ends[1], "", 1) != 1)
        return -errno;
    for (int i = 0; i < 20; i++) {
        if (has_ended(pid))
            return 0;
        usleep(10000);
    }
    return -EPERM;
}

static int signal_body(void *argument)
{
    struct signal_request *r = argument;
    siginfo_t info = {.si_signo = r->signal, .si_code = SI_QUEUE};
    switch (r->way) {
    case ACTS_KILL:
        return RESULT(kill(r->pid, r->signal));
    case ACTS_KILL_GROUP:
        return RESULT(kill(-r->pid, r->signal));
    case ACTS_TKILL:
        return RESULT(syscall(SYS_tkill, r->pid, r->signal));
    case ACTS_TGKILL:
        return RESULT(syscall(SYS_tgkill, r->pid, r->pid, r->signal));
    case ACTS_SIGQUEUE:
        return RESULT(syscall(SYS_rt_sigqueueinfo, r->pid, r->signal, &info));
    case ACTS_TGSIGQUEUE:
        return RESULT(syscall(SYS_rt_tgsigqueueinfo, r->pid, r->pid, r->signal, &info));
    case ACTS_PIDFD_SIGNAL:
        return RESULT(syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, r->pid, 0), r->signal, NULL, 0));
    case ACTS_SIGIO:
        return signal_by_descriptor(r->pid, r->signal);
    }
    return -EINVAL;
}

int acts_signal(enum acts_signalling way, int32_t pid, int signal)
{
    struct signal_request r = {way, pid, signal};
    return child_run(signal_body, &r);
}

/* ---- process.control ---- */

struct control_request {
    enum acts_controlling way;
    pid_t pid;
    uint64_t address;
};

/* struct sched_attr of the kernel; the C library's header has none. */
struct schedule {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int control_body(void *argument)
{
    struct control_request *r = argument;
    struct sched_param parameters = {0};
    struct schedule schedule = {.size = sizeof(schedule), .nice = 5};
    struct rlimit limit = {64, 64};
    unsigned long processors = 1;
    char path[64];
    switch (r->way) {
    case ACTS_SETPRIORITY:
        return RESULT(setpriority(PRIO_PROCESS, (id_t)r->pid, 5));
    case ACTS_SETPRIORITY_GROUP:
        return RESULT(setpriority(PRIO_PGRP, (id_t)r->pid, 5));
    case ACTS_IOPRIO_SET:
        return RESULT(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, r->pid, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6)));
    case ACTS_SCHED_SETSCHEDULER:
        return RESULT(syscall(SYS_sched_setscheduler, r->pid, SCHED_BATCH, &parameters));
    case ACTS_SCHED_SETPARAM:
        return RESULT(syscall(SYS_sched_setparam, r->pid, &parameters));
    case ACTS_SCHED_SETATTR:
        return RESULT(syscall(SYS_sched_setattr, r->pid, &schedule, 0));
    case ACTS_SCHED_SETAFFINITY:
        return RESULT(syscall(SYS_sched_setaffinity, r->pid, sizeof(processors), &processors));
    case ACTS_PRLIMIT:
        return RESULT(prlimit(r->pid, RLIMIT_NOFILE, &limit, NULL));
    case ACTS_CONTROL_MOVE_PAGES:
        return move_pages(r->pid, r->address);
    case ACTS_CONTROL_MIGRATE_PAGES:
        return migrate_pages(r->pid);
    case ACTS_TIMER_SLACK:
        snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", r->pid);
        return child_put(path, "60000");
    }
    return -EINVAL;
}

int acts_control(enum acts_controlling way, int32_t pid, uint64_t address)
{
    struct control_request r = {way, pid, address};
    return child_run(control_body, &r);
}
