/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to start a program, and to map a file as one. */
#include "child.h"
#include "kernel_acts.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char *const no_environment[] = {NULL};

struct exec_request {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *root;
    const char *cgroup;
    uint32_t uid, group;
};

static int exec_body(void *argument)
{
    struct exec_request *r = argument;
    if (r->root && (chroot(r->root) || chdir("/")))
        return -errno;
    if (r->cgroup) {
        char file[512];
        snprintf(file, sizeof(file), "%s/cgroup.procs", r->cgroup);
        int error = child_put(file, "0");
        if (error)
            return error;
    }
    gid_t group = r->group;
    if (group && syscall(SYS_setgroups, 1, &group))
        return -errno;
    if (r->uid && (setgid(r->uid) || setuid(r->uid)))
        return -errno;
    execve(r->path, r->argv, r->envp);
    return -errno;
}

int acts_exec(const char *path, char *const argv[], char *const envp[])
{
    struct exec_request r = {.path = path, .argv = argv, .envp = envp};
    return child_exec(exec_body, &r);
}

int acts_exec_as(uint32_t uid, const char *path, char *const argv[])
{
    struct exec_request r = {.path = path, .argv = argv, .envp = no_environment, .uid = uid};
    return child_exec(exec_body, &r);
}

int acts_exec_chroot(const char *root, const char *path)
{
    char *argv[] = {(char *)path, NULL};
    struct exec_request r = {.path = path, .argv = argv, .envp = no_environment, .root = root};
    return child_exec(exec_body, &r);
}

int acts_exec_in_group(uint32_t gid, const char *path)
{
    char *argv[] = {(char *)path, NULL};
    struct exec_request r = {.path = path, .argv = argv, .envp = no_environment, .group = gid};
    return child_exec(exec_body, &r);
}

int acts_exec_in_cgroup(const char *cgroup, const char *path)
{
    char *argv[] = {(char *)path, NULL};
    struct exec_request r = {.path = path, .argv = argv, .envp = no_environment, .cgroup = cgroup};
    return child_exec(exec_body, &r);
}

static int descriptor_body(void *argument)
{
    char *argv[] = {"descriptor", NULL};
    syscall(SYS_execveat, *(int *)argument, "", argv, no_environment, AT_EMPTY_PATH);
    return -errno;
}

int acts_exec_descriptor(int fd)
{
    return child_exec(descriptor_body, &fd);
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

/* Another user in user and mount namespaces of its own. */
static int enter_own_namespaces(uint32_t uid)
{
    char map[64];
    /* A change of user makes a process undumpable, and /proc/self/uid_map root's: undo that. */
    if (setgid(uid) || setuid(uid) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || unshare(CLONE_NEWUSER | CLONE_NEWNS))
        return -errno;
    child_put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "0 %u 1", uid);
    int error = child_put("/proc/self/uid_map", map);
    return error ? error : child_put("/proc/self/gid_map", map);
}

static int private_mount_body(void *argument)
{
    struct mount_request *r = argument;
    char *argv[] = {(char *)r->path, NULL};
    int error = enter_own_namespaces(65534);
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
    return child_exec(private_mount_body, &r);
}

static int copy_to(const char *program, const char *path)
{
    int from = open(program, O_RDONLY | O_CLOEXEC);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    struct stat s;
    if (from < 0 || to < 0 || fstat(from, &s) || sendfile(to, from, NULL, (size_t)s.st_size) != s.st_size)
        return -errno;
    close(from);
    close(to);
    return 0;
}

static int own_tmp_body(void *argument)
{
    struct exec_request *r = argument;
    char *argv[] = {"program", NULL};
    int error = r->uid ? enter_own_namespaces(r->uid) : RESULT(unshare(CLONE_NEWNS));
    if (error)
        return error;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("own", "/tmp", "tmpfs", 0, NULL))
        return -errno;
    error = copy_to(r->path, "/tmp/program");
    if (error)
        return error;
    execve("/tmp/program", argv, no_environment);
    return -errno;
}

int acts_exec_own_tmp(uint32_t uid, const char *program)
{
    struct exec_request r = {.path = program, .uid = uid};
    return child_exec(own_tmp_body, &r);
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
    if (chdir(r->top))
        return -errno;
    for (int i = 0; i < 25; i++)
        if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name))
            return -errno;
    int error = copy_to(r->program, "program");
    if (error)
        return error;
    char *argv[] = {"program", NULL};
    execve("./program", argv, no_environment);
    return -errno;
}

int acts_exec_beyond_limit(const char *top, const char *program)
{
    struct deep_request r = {top, program};
    return child_exec(beyond_limit_body, &r);
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

static int map_body(void *path)
{
    void *start;
    size_t size;
    int error = map(path, PROT_READ | PROT_EXEC, &start, &size);
    if (!error)
        munmap(start, size);
    return error;
}

int acts_map_executable(const char *path)
{
    return child_run(map_body, (void *)path);
}

static int protect_body(void *path)
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

int acts_protect_executable(const char *path)
{
    return child_run(protect_body, (void *)path);
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
