/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "kernel_acts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *const no_environment[] = {NULL};

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* A child whose failure to exec comes back through a close-on-exec pipe. `body` execs or returns -errno. */
static int start(int (*body)(void *), void *argument)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        int error = body(argument);
        ssize_t ignored = write(channel[1], &error, sizeof(error));
        (void)ignored;
        _exit(111);
    }
    close(channel[1]);
    int error = 0;
    ssize_t count = read(channel[0], &error, sizeof(error));
    close(channel[0]);
    int status = reap(pid);
    return count == (ssize_t)sizeof(error) ? error : status;
}

struct exec_request {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *root;
    uint32_t uid;
};

static int exec_body(void *argument)
{
    struct exec_request *r = argument;
    if (r->root && (chroot(r->root) || chdir("/")))
        return -errno;
    if (r->uid && (setgid(r->uid) || setuid(r->uid)))
        return -errno;
    execve(r->path, r->argv, r->envp);
    return -errno;
}

int acts_exec(const char *path, char *const argv[], char *const envp[])
{
    struct exec_request r = {.path = path, .argv = argv, .envp = envp};
    return start(exec_body, &r);
}

int acts_exec_as(uint32_t uid, const char *path, char *const argv[])
{
    struct exec_request r = {.path = path, .argv = argv, .envp = no_environment, .uid = uid};
    return start(exec_body, &r);
}

int acts_exec_chroot(const char *root, const char *path)
{
    char *argv[] = {(char *)path, NULL};
    struct exec_request r = {.path = path, .argv = argv, .envp = no_environment, .root = root};
    return start(exec_body, &r);
}

static int descriptor_body(void *argument)
{
    char *argv[] = {"descriptor", NULL};
    syscall(SYS_execveat, *(int *)argument, "", argv, no_environment, AT_EMPTY_PATH);
    return -errno;
}

int acts_exec_descriptor(int fd)
{
    return start(descriptor_body, &fd);
}

int acts_exec_memfd(const char *program)
{
    int from = open(program, O_RDONLY | O_CLOEXEC);
    int fd = memfd_create("acts", MFD_CLOEXEC);
    struct stat s;
    if (from < 0 || fd < 0 || fstat(from, &s) || sendfile(fd, from, NULL, (size_t)s.st_size) != s.st_size)
        return -errno;
    close(from);
    int result = acts_exec_descriptor(fd);
    close(fd);
    return result;
}

int acts_exec_deleted(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || unlink(path))
        return -errno;
    int result = acts_exec_descriptor(fd);
    close(fd);
    return result;
}

struct mount_request {
    const char *source, *target, *path;
};

static int put(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -errno;
    close(fd);
    return 0;
}

static int private_mount_body(void *argument)
{
    struct mount_request *r = argument;
    char *argv[] = {(char *)r->path, NULL};
    /* A change of user makes a process undumpable, and /proc/self/uid_map root's: undo that. */
    if (setgid(65534) || setuid(65534) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || unshare(CLONE_NEWUSER | CLONE_NEWNS))
        return -errno;
    put("/proc/self/setgroups", "deny");
    int error = put("/proc/self/uid_map", "0 65534 1");
    if (error)
        return error;
    if (mount(r->source, r->target, NULL, MS_BIND, NULL))
        return -errno;
    execve(r->path, argv, no_environment);
    return -errno;
}

int acts_exec_private_mount(const char *source, const char *target, const char *path)
{
    struct mount_request r = {source, target, path};
    return start(private_mount_body, &r);
}

struct deep_request {
    const char *top, *program;
};

static int beyond_limit_body(void *argument)
{
    struct deep_request *r = argument;
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    int from = open(r->program, O_RDONLY | O_CLOEXEC);
    if (from < 0 || chdir(r->top))
        return -errno;
    for (int i = 0; i < 25; i++)
        if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name))
            return -errno;
    int to = open("program", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    struct stat s;
    if (to < 0 || fstat(from, &s) || sendfile(to, from, NULL, (size_t)s.st_size) != s.st_size)
        return -errno;
    close(to);
    char *argv[] = {"program", NULL};
    execve("./program", argv, no_environment);
    return -errno;
}

int acts_exec_beyond_limit(const char *top, const char *program)
{
    struct deep_request r = {top, program};
    return start(beyond_limit_body, &r);
}

static int map(const char *path, int protection, void **out, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *size = 4096;
    *out = mmap(NULL, *size, protection, MAP_PRIVATE, fd, 0);
    int error = errno;
    close(fd);
    return *out == MAP_FAILED ? -error : 0;
}

int acts_map_executable(const char *path)
{
    void *start;
    size_t size;
    int error = map(path, PROT_READ | PROT_EXEC, &start, &size);
    if (!error)
        munmap(start, size);
    return error;
}

int acts_protect_executable(const char *path)
{
    void *start;
    size_t size;
    int error = map(path, PROT_READ, &start, &size);
    if (error)
        return error;
    error = mprotect(start, size, PROT_READ | PROT_EXEC) ? -errno : 0;
    munmap(start, size);
    return error;
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
            reap(pid);
    }
    return failed;
}

/* vfork: 0 when the program ran and ended with 0, -errno when exec failed. */
static int quick_exec(const char *path)
{
    volatile int error = 0;
    char *argv[] = {(char *)path, NULL};
    pid_t pid = vfork();
    if (pid == 0) {
        execve(path, argv, no_environment);
        error = errno;
        _exit(111);
    }
    if (pid < 0)
        return -errno;
    int status = reap(pid);
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

static uint64_t time_exec(const char *path, int count)
{
    uint64_t begin = now();
    for (int i = 0; i < count; i++)
        if (quick_exec(path))
            return 0;
    return now() - begin;
}

static uint64_t time_fork(int count)
{
    uint64_t begin = now();
    for (int i = 0; i < count; i++) {
        pid_t pid = vfork();
        if (pid == 0)
            _exit(0);
        if (pid < 0)
            return 0;
        reap(pid);
    }
    return now() - begin;
}

uint64_t acts_exec_cost(const char *path, int count, int batches)
{
    uint64_t least_frame = UINT64_MAX, least_whole = UINT64_MAX;
    if (!time_exec(path, count))
        return 0;
    for (int i = 0; i < batches; i++) {
        uint64_t frame = time_fork(count), whole = time_exec(path, count);
        if (!frame || !whole)
            return 0;
        if (frame < least_frame)
            least_frame = frame;
        if (whole < least_whole)
            least_whole = whole;
    }
    return least_whole > least_frame ? (least_whole - least_frame) / (uint64_t)count : 0;
}

int acts_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
    return mount(source, target, type, flags, data) ? -errno : 0;
}

int acts_unmount(const char *target)
{
    return umount2(target, MNT_DETACH) ? -errno : 0;
}

int acts_rename_storm(const char *a, const char *b)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    for (;;) {
        rename(a, b);
        rename(b, a);
    }
}
