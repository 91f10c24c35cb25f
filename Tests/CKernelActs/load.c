/* SPDX-License-Identifier: Apache-2.0 */
/* Load: the same thing again and again, as fast as it goes. */
#include "child.h"
#include "kernel_acts.h"
#include "loops.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int acts_forks(int count)
{
    int failed = 0;
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid < 0)
            failed++;
        else
            child_reap(pid);
    }
    return failed;
}

int acts_opens(const char *path, int count, uint64_t *nanoseconds)
{
    int failed = 0;
    uint64_t start = now();
    for (int i = 0; i < count; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            failed++;
        else
            close(fd);
    }
    *nanoseconds = now() - start;
    return failed;
}

int quick_exec(const char *path)
{
    volatile int error = 0;
    char *argv[] = {(char *)path, NULL}, *envp[] = {NULL};
    pid_t pid = vfork();
    if (pid == 0) {
        execve(path, argv, envp);
        error = errno;
        _exit(111);
    }
    if (pid < 0)
        return -errno;
    int status = child_reap(pid);
    return error ? -error : status;
}

void acts_load(const char *denied, const char *allowed, int milliseconds, struct acts_load *out)
{
    memset(out, 0, sizeof(*out));
    uint64_t end = now() + (uint64_t)milliseconds * 1000000u;
    while (now() < end) {
        int result = quick_exec(denied);
        if (result != -EPERM) {
            out->wrong++;
            out->last_error = result;
        }
        result = quick_exec(allowed);
        if (result != 0) {
            out->wrong++;
            out->last_error = result;
        }
        out->attempts += 2;
    }
}

void acts_map_flood(const char *denied, int milliseconds, struct acts_load *out)
{
    memset(out, 0, sizeof(*out));
    int fd = open(denied, O_RDONLY | O_CLOEXEC);
    uint64_t end = now() + (uint64_t)milliseconds * 1000000u;
    while (fd >= 0 && now() < end) {
        void *start = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
        if (start != MAP_FAILED) {
            munmap(start, 4096);
            out->wrong++;
        }
        out->attempts++;
    }
    out->last_error = fd < 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
}
