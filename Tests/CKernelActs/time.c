/* SPDX-License-Identifier: Apache-2.0 */
/* Acts of processes whose clocks tell another time than everybody's. */
#include "child.h"

#include "process_acts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

struct departure {
    const char *path;
    int64_t seconds;
};

static int exec_there(void *argument)
{
    const struct departure *d = argument;
    char offsets[128];
    if (unshare(CLONE_NEWTIME))
        return -errno;
    snprintf(offsets, sizeof(offsets), "monotonic %lld 0\nboottime %lld 0\n", (long long)d->seconds,
             (long long)d->seconds);
    int put = child_put("/proc/self/timens_offsets", offsets);
    if (put)
        return put;
    /* Who has left stays where he is; his children go. */
    pid_t pid = fork();
    if (pid == 0) {
        struct timespec now;
        clock_gettime(CLOCK_BOOTTIME, &now);
        if (now.tv_sec < d->seconds)
            _exit(ERANGE);
        char *words[] = {(char *)d->path, 0};
        execv(d->path, words);
        _exit(errno);
    }
    int status = child_reap(pid);
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int acts_exec_in_time(const char *path, int64_t seconds)
{
    struct departure d = {path, seconds};
    return child_run(exec_there, &d);
}
