/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on a process. */
#include "attack.h"

#include <linux/perf_event.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

#define PROCESS(function) static int function(const struct acts_target *t)
typedef const struct acts_target target;

PROCESS(kill_kill)
{
    return result_of(kill(t->pid, SIGKILL));
}
PROCESS(kill_stop)
{
    return result_of(kill(t->pid, SIGSTOP));
}
PROCESS(kill_segv)
{
    return result_of(kill(t->pid, SIGSEGV));
}
PROCESS(kill_hup)
{
    return result_of(kill(t->pid, SIGHUP));
}
PROCESS(kill_none)
{
    return result_of(kill(t->pid, 0));
}
PROCESS(tgkill_kill)
{
    return result_of(syscall(SYS_tgkill, t->pid, t->pid, SIGKILL));
}
PROCESS(tkill_abort)
{
    return result_of(syscall(SYS_tkill, t->pid, SIGABRT));
}

PROCESS(queue_kill)
{
    siginfo_t info = {.si_code = SI_QUEUE, .si_signo = SIGKILL};
    return result_of(syscall(SYS_rt_sigqueueinfo, t->pid, SIGKILL, &info));
}

static int pidfd(target *t)
{
    return (int)syscall(SYS_pidfd_open, t->pid, 0);
}

PROCESS(pidfd_kill)
{
    int fd = pidfd(t);
    return fd < 0 ? -errno : result_of(syscall(SYS_pidfd_send_signal, fd, SIGKILL, 0, 0));
}

/* A pipe that becomes readable signals whom its owner says. */
PROCESS(descriptor_kill)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || fcntl(ends[0], F_SETOWN, t->pid) ||
        fcntl(ends[0], 10 /* F_SETSIG */, SIGKILL) || fcntl(ends[0], F_SETFL, O_ASYNC))
        return -errno;
    write(ends[1], "x", 1);
    usleep(200000);
    return result_of(kill(t->pid, 0));
}

PROCESS(trace_attach)
{
    if (ptrace(PTRACE_ATTACH, t->pid, 0, 0))
        return -errno;
    ptrace(PTRACE_DETACH, t->pid, 0, 0);
    return 0;
}
PROCESS(trace_seize)
{
    return result_of(ptrace(PTRACE_SEIZE, t->pid, 0, 0));
}

static const char *proc(target *t, const char *name)
{
    static char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", t->pid, name);
    return path;
}

/* Where its stack lies: reading that stays possible. */
static void *stack(target *t)
{
    FILE *maps = fopen(proc(t, "maps"), "r");
    char line[512];
    unsigned long from = 0, to = 0;
    while (maps && fgets(line, sizeof(line), maps))
        if (strstr(line, "[stack]"))
            sscanf(line, "%lx-%lx", &from, &to);
    if (maps)
        fclose(maps);
    return (void *)(to - 4096);
}

PROCESS(memory_read)
{
    char bytes[16];
    struct iovec own = {bytes, sizeof(bytes)}, other = {stack(t), sizeof(bytes)};
    return result_of(process_vm_readv(t->pid, &own, 1, &other, 1, 0));
}
/* What is there already. */
PROCESS(memory_write)
{
    char bytes[16] = {0};
    struct iovec own = {bytes, sizeof(bytes)}, other = {stack(t), sizeof(bytes)};
    process_vm_readv(t->pid, &own, 1, &other, 1, 0);
    return result_of(process_vm_writev(t->pid, &own, 1, &other, 1, 0));
}

PROCESS(memory_file)
{
    int fd = open(proc(t, "mem"), O_RDWR);
    return fd < 0 ? -errno : 0;
}
PROCESS(memory_file_read)
{
    int fd = open(proc(t, "mem"), O_RDONLY);
    return fd < 0 ? -errno : 0;
}
PROCESS(take_descriptor)
{
    int fd = pidfd(t);
    return fd < 0 ? -errno : result_of(syscall(SYS_pidfd_getfd, fd, 1, 0));
}
PROCESS(advise)
{
    int fd = pidfd(t);
    struct iovec other = {stack(t), 4096};
    return fd < 0 ? -errno : result_of(syscall(SYS_process_madvise, fd, &other, 1, 21 /* MADV_PAGEOUT */, 0));
}
PROCESS(enter_namespaces)
{
    int fd = pidfd(t);
    return fd < 0 ? -errno : result_of(setns(fd, CLONE_NEWUTS | CLONE_NEWIPC));
}
PROCESS(enter_by_proc)
{
    int fd = open(proc(t, "ns/uts"), O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : result_of(setns(fd, CLONE_NEWUTS));
}
PROCESS(enter_by_thread)
{
    char path[80];
    snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/uts", t->pid, t->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : result_of(setns(fd, CLONE_NEWUTS));
}
/* Kernels before 6.11 have no such call. */
PROCESS(enter_by_ioctl)
{
    int fd = pidfd(t);
    int namespace = fd < 0 ? -1 : ioctl(fd, 0xff0a /* PIDFD_GET_UTS_NAMESPACE */, 0);
    if (namespace < 0)
        return errno == ENOTTY || errno == EINVAL ? -ENOSYS : -errno;
    return result_of(setns(namespace, CLONE_NEWUTS));
}
PROCESS(bind_namespace)
{
    const char *place = "/run/attack-namespace";
    close(open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (mount(proc(t, "ns/uts"), place, 0, MS_BIND, 0))
        return -errno;
    umount2(place, MNT_DETACH);
    return 0;
}
PROCESS(count_events)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes)};
    return result_of(syscall(SYS_perf_event_open, &attributes, t->pid, -1, -1, 0));
}

PROCESS(priority)
{
    return result_of(setpriority(PRIO_PROCESS, t->pid, 19));
}
PROCESS(io_priority)
{
    return result_of(syscall(SYS_ioprio_set, 1, t->pid, 3 << 13));
}
PROCESS(scheduler)
{
    struct sched_param parameter = {0};
    return result_of(sched_setscheduler(t->pid, SCHED_IDLE, &parameter));
}
PROCESS(affinity)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return result_of(sched_setaffinity(t->pid, sizeof(set), &set));
}
PROCESS(limit_files)
{
    struct rlimit limit = {1, 1};
    return result_of(prlimit(t->pid, RLIMIT_NOFILE, &limit, 0));
}
PROCESS(limit_processor)
{
    struct rlimit limit = {1, 1};
    return result_of(prlimit(t->pid, RLIMIT_CPU, &limit, 0));
}
PROCESS(move_pages_away)
{
    unsigned long from = 1, to = 1;
    return result_of(syscall(SYS_migrate_pages, t->pid, 64, &from, &to));
}

PROCESS(oom_score)
{
    return write_to(proc(t, "oom_score_adj"), "1000");
}
PROCESS(oom_score_old)
{
    return write_to(proc(t, "oom_adj"), "15");
}
PROCESS(core_filter)
{
    return write_to(proc(t, "coredump_filter"), "0x7f");
}
PROCESS(timer_slack)
{
    return write_to(proc(t, "timerslack_ns"), "10000000000");
}
PROCESS(clear_references)
{
    return write_to(proc(t, "clear_refs"), "1");
}
PROCESS(autogroup)
{
    return write_to(proc(t, "autogroup"), "19");
}

/* Processors that are busy with what goes first: what the daemon does takes longer, what the kernel does doesn't. */
PROCESS(starve)
{
    pid_t children[4];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct sched_param parameter = {99};
            sched_setscheduler(0, SCHED_FIFO, &parameter);
            alarm(1);
            for (;;) {
            }
        }
    }
    for (int i = 0; i < 3; i++)
        waitpid(children[i], 0, 0);
    return 0;
}

PROCESS(exhaust_processes)
{
    int made = 0;
    for (; made < 500; made++) {
        pid_t child = fork();
        if (child < 0)
            break;
        if (child == 0) {
            sleep(1);
            _exit(0);
        }
    }
    while (waitpid(-1, 0, 0) > 0) {
    }
    return 0;
}

PROCESS(exhaust_descriptors)
{
    struct rlimit limit = {1 << 17, 1 << 17};
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < 100000; i++)
        if (open("/dev/null", O_RDONLY) < 0)
            break;
    return 0;
}

/* The kernel ends somebody for want of memory, as it is asked to; somebody it likes better than others is there. */
PROCESS(exhaust_memory)
{
    pid_t child = fork();
    if (child == 0) {
        write_to("/proc/self/oom_score_adj", "1000");
        char *bytes = malloc(16 << 20);
        if (bytes)
            memset(bytes, 1, 16 << 20);
        alarm(5);
        for (;;)
            pause();
    }
    usleep(300000);
    int result = write_to("/proc/sysrq-trigger", "f");
    usleep(500000);
    kill(child, SIGKILL);
    waitpid(child, 0, 0);
    return result;
}

const struct attack process_attacks[] = {
    {"kill SIGKILL", "process", kill_kill},
    {"kill SIGSTOP", "process", kill_stop},
    {"kill SIGSEGV", "process", kill_segv},
    {"kill SIGHUP", "process", kill_hup},
    {"kill 0", "process", kill_none},
    {"tgkill SIGKILL", "process", tgkill_kill},
    {"tkill SIGABRT", "process", tkill_abort},
    {"rt_sigqueueinfo SIGKILL", "process", queue_kill},
    {"pidfd_send_signal SIGKILL", "process", pidfd_kill},
    {"F_SETOWN and F_SETSIG SIGKILL", "process", descriptor_kill},
    {"ptrace attach", "process", trace_attach},
    {"ptrace seize", "process", trace_seize},
    {"process_vm_readv", "process", memory_read},
    {"process_vm_writev", "process", memory_write},
    {"/proc/PID/mem for writing", "process", memory_file},
    {"/proc/PID/mem for reading", "process", memory_file_read},
    {"pidfd_getfd", "process", take_descriptor},
    {"process_madvise", "process", advise},
    {"setns by a pidfd", "process", enter_namespaces},
    {"setns by /proc/PID/ns", "process", enter_by_proc},
    {"setns by /proc/PID/task/TID/ns", "process", enter_by_thread},
    {"setns by a pidfd's ioctl", "process", enter_by_ioctl},
    {"a bind mount of /proc/PID/ns", "process", bind_namespace},
    {"perf_event_open", "process", count_events},
    {"setpriority", "process", priority},
    {"ioprio_set", "process", io_priority},
    {"sched_setscheduler", "process", scheduler},
    {"sched_setaffinity", "process", affinity},
    {"prlimit of files", "process", limit_files},
    {"prlimit of processor time", "process", limit_processor},
    {"migrate_pages", "process", move_pages_away},
    {"/proc/PID/oom_score_adj", "process", oom_score},
    {"/proc/PID/oom_adj", "process", oom_score_old},
    {"/proc/PID/coredump_filter", "process", core_filter},
    {"/proc/PID/timerslack_ns", "process", timer_slack},
    {"/proc/PID/clear_refs", "process", clear_references},
    {"/proc/PID/autogroup", "process", autogroup},
    {"real-time tasks on every processor", "process", starve},
    {"processes without end", "process", exhaust_processes},
    {"descriptors without end", "process", exhaust_descriptors},
    {"the kernel out of memory", "process", exhaust_memory},
    {0, 0, 0},
};
