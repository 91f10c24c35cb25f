/* SPDX-License-Identifier: Apache-2.0 */
/* The attacks' frame: a child each, and the table. What they do is in attack_process.c, attack_file.c,
 * attack_cgroup.c, attack_mount.c, attack_bpf.c, attack_kernel.c, attack_switch.c. */
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static const struct attack *at(int index)
{
    const struct attack *tables[] = {process_attacks, cgroup_attacks, file_attacks,  mount_attacks,
                                     bpf_attacks,     kernel_attacks, switch_attacks};
    for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); table++) {
        const struct attack *attack = tables[table];
        for (; attack->name; attack++)
            if (index-- == 0)
                return attack;
    }
    return 0;
}

int acts_attacks(void)
{
    int count = 0;
    while (at(count))
        count++;
    return count;
}

const char *acts_attack_name(int index)
{
    return at(index)->name;
}
const char *acts_attack_kind(int index)
{
    return at(index)->kind;
}

int acts_attack(int index, const struct acts_target *target)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child == 0) {
        setpgid(0, 0);
        /* The thread that calls may have signals blocked. */
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, 0);
        int result = at(index)->run(target);
        write(ends[1], &result, sizeof(result));
        _exit(0);
    }
    close(ends[1]);
    int result = -ETIME;
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    if (poll(&ready, 1, 20000) == 1 && read(ends[0], &result, sizeof(result)) != sizeof(result))
        result = -ETIME;
    close(ends[0]);
    /* With all that it has started. */
    kill(-child, SIGKILL);
    waitpid(child, 0, 0);
    return result;
}

void acts_unmount_all(const char *path)
{
    for (int i = 0; i < 16 && umount2(path, MNT_DETACH) == 0; i++) {
    }
}

int acts_run_traced(const char *program, const char *first, const char *second)
{
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execl(program, program, first, second, (char *)0);
        _exit(125);
    }
    int status = 0;
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, child, 0, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

int acts_run_filtered(const char *program, const char *first, const char *second)
{
    pid_t child = fork();
    if (child == 0) {
        struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        struct sock_fprog filter = {1, &allow};
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
            _exit(125);
        execl(program, program, first, second, (char *)0);
        _exit(125);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

int acts_share_mounts(void)
{
    return result_of(mount(0, "/", 0, MS_REC | MS_SHARED, 0));
}
