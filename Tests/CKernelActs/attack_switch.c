/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on the kernel's switches: of tracing, by which programs are reached, of BPF, and the clock. */
#include "attack.h"

#include <sys/timex.h>
#include <time.h>

#define KERNEL(function) static int function(const struct acts_target *t)
#define TRACING "/sys/kernel/tracing/"

/* Sets a switch for a moment, and back to what it was. */
static int flipped(const char *path, const char *value)
{
    char before[4096] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ENOSYS : -errno;
    read(fd, before, sizeof(before) - 1);
    close(fd);
    int result = write_to(path, value);
    if (!result) {
        usleep(200000);
        write_to(path, before);
    }
    return result;
}
#define FLIPPED(function, path, value) \
    KERNEL(function)                   \
    {                                  \
        return flipped(path, value);   \
    }

FLIPPED(tracing_off, TRACING "tracing_on", "0")
FLIPPED(function_tracer, TRACING "current_tracer", "function")
FLIPPED(scheduler_events, TRACING "events/sched/enable", "1")
FLIPPED(buffer_freed, TRACING "buffer_size_kb", "1")
FLIPPED(kprobes_off, "/sys/kernel/debug/kprobes/enabled", "0")
FLIPPED(stack_tracer, "/proc/sys/kernel/stack_tracer_enabled", "1")
FLIPPED(statistics, "/proc/sys/kernel/bpf_stats_enabled", "1")
FLIPPED(jit_off, "/proc/sys/net/core/bpf_jit_enable", "0")
FLIPPED(jit_hardened, "/proc/sys/net/core/bpf_jit_harden", "2")
FLIPPED(jit_limited, "/proc/sys/net/core/bpf_jit_limit", "4096")
FLIPPED(unprivileged_bpf, "/proc/sys/kernel/unprivileged_bpf_disabled", "2")
FLIPPED(memfd_noexec, "/proc/sys/vm/memfd_noexec", "2")
FLIPPED(perf_paranoid, "/proc/sys/kernel/perf_event_paranoid", "4")
FLIPPED(perf_rate, "/proc/sys/kernel/perf_cpu_time_max_percent", "0")
FLIPPED(pointers_hidden, "/proc/sys/kernel/kptr_restrict", "2")

/* What the tracer of functions leaves out, and nothing else: an empty list again. */
static int filtered(const char *path, const char *names)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ENOSYS : -errno;
    int result = result_of(write(fd, names, strlen(names)));
    close(fd);
    close(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC));
    return result;
}
KERNEL(functions_left_out)
{
    return filtered(TRACING "set_ftrace_notrace", "bpf_lsm_*");
}
KERNEL(processes_left_out)
{
    return filtered(TRACING "set_ftrace_notrace_pid", "1");
}

/* Sets the clock for two seconds, and back by one that nobody sets. */
static int at_another_time(long seconds)
{
    struct timespec began, ended, now, other;
    clock_gettime(CLOCK_BOOTTIME, &began);
    clock_gettime(CLOCK_REALTIME, &now);
    other = now;
    other.tv_sec += seconds;
    if (clock_settime(CLOCK_REALTIME, &other))
        return -errno;
    sleep(2);
    clock_gettime(CLOCK_BOOTTIME, &ended);
    now.tv_sec += ended.tv_sec - began.tv_sec;
    return result_of(clock_settime(CLOCK_REALTIME, &now));
}
/* Ten years on: certificates have ended by then. And back. */
KERNEL(clock_forward)
{
    return at_another_time(10l * 365 * 86400);
}
/* Before any certificate was made. */
KERNEL(clock_back)
{
    return at_another_time(-20l * 365 * 86400);
}
KERNEL(clock_slowed)
{
    struct timex slow = {.modes = ADJ_TICK, .tick = 9000}, back = {.modes = ADJ_TICK, .tick = 10000};
    if (adjtimex(&slow) < 0)
        return -errno;
    sleep(1);
    return result_of(adjtimex(&back) < 0 ? -1 : 0);
}

#define ON_SWITCHES(name, function) \
    {                               \
        name, "kernel", function    \
    }
const struct attack switch_attacks[] = {
    ON_SWITCHES("tracing_on=0", tracing_off),
    ON_SWITCHES("current_tracer=function", function_tracer),
    ON_SWITCHES("events/sched/enable=1", scheduler_events),
    ON_SWITCHES("buffer_size_kb=1", buffer_freed),
    ON_SWITCHES("set_ftrace_notrace", functions_left_out),
    ON_SWITCHES("set_ftrace_notrace_pid", processes_left_out),
    ON_SWITCHES("kprobes/enabled=0", kprobes_off),
    ON_SWITCHES("kernel.stack_tracer_enabled=1", stack_tracer),
    ON_SWITCHES("kernel.bpf_stats_enabled=1", statistics),
    ON_SWITCHES("net.core.bpf_jit_enable=0", jit_off),
    ON_SWITCHES("net.core.bpf_jit_harden=2", jit_hardened),
    ON_SWITCHES("net.core.bpf_jit_limit=4096", jit_limited),
    ON_SWITCHES("kernel.unprivileged_bpf_disabled=2", unprivileged_bpf),
    ON_SWITCHES("vm.memfd_noexec=2", memfd_noexec),
    ON_SWITCHES("kernel.perf_event_paranoid=4", perf_paranoid),
    ON_SWITCHES("kernel.perf_cpu_time_max_percent=0", perf_rate),
    ON_SWITCHES("kernel.kptr_restrict=2", pointers_hidden),
    ON_SWITCHES("the clock ten years on", clock_forward),
    ON_SWITCHES("the clock twenty years back", clock_back),
    ON_SWITCHES("adjtimex", clock_slowed),
    {0, 0, 0},
};
