/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of single operations, for their cost. */
#include "child.h"
#include "cost_acts.h"
#include "loops.h"

#include <signal.h>
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PAGE 4096

/* What the operations act on. */
struct stage {
    const char *path;
    int fd;
    size_t length;
    void *page;
    pid_t target; /* another process */
};

static int once_exec(struct stage *s)
{
    return quick_exec(s->path);
}

static int once_open(struct stage *s)
{
    int fd = open(s->path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : RESULT(close(fd));
}

static int once_map(struct stage *s)
{
    void *start = mmap(NULL, s->length, PROT_READ | PROT_EXEC, MAP_PRIVATE, s->fd, 0);
    return start == MAP_FAILED ? -errno : RESULT(munmap(start, s->length));
}

static int once_attach(struct stage *s)
{
    int status;
    if (ptrace(PTRACE_ATTACH, s->target, NULL, NULL) || waitpid(s->target, &status, __WALL) < 0)
        return -errno;
    return RESULT(ptrace(PTRACE_DETACH, s->target, NULL, NULL));
}

static int protect_both(struct stage *s, int first)
{
    if (mprotect(s->page, PAGE, first))
        return -errno;
    return RESULT(mprotect(s->page, PAGE, PROT_READ | PROT_WRITE));
}

static int once_protect(struct stage *s)
{
    return protect_both(s, PROT_READ);
}
static int once_protect_executable(struct stage *s)
{
    return protect_both(s, PROT_READ | PROT_EXEC);
}

static int once_signal(struct stage *s)
{
    return RESULT(kill(s->target, SIGUSR1));
}

static int once_write(struct stage *s)
{
    int fd = open(s->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

static int once_unlink(struct stage *s)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s.new", s->path);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    close(fd);
    return RESULT(unlink(name));
}

static int once_rename(struct stage *s)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s.new", s->path);
    if (rename(s->path, name))
        return -errno;
    return RESULT(rename(name, s->path));
}

static int once_fork(struct stage *s)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return -errno;
    child_reap(pid);
    return 0;
}

static const struct loop {
    const char *name;
    int (*once)(struct stage *);
    int (*frame)(struct stage *); /* taken off */
} loops[] = {
    {"exec", once_exec, once_fork},  {"open", once_open, NULL},
    {"map", once_map, NULL},         {"attach", once_attach, NULL},
    {"protect", once_protect, NULL}, {"protect-executable", once_protect_executable, NULL},
    {"signal", once_signal, NULL},   {"write", once_write, NULL},
    {"unlink", once_unlink, NULL},   {"rename", once_rename, NULL},
};

static int set_stage(struct stage *s, const char *path)
{
    struct stat found = {0};
    s->path = path;
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &found))
        return -errno;
    s->length = (size_t)found.st_size;
    /* Between two others of which it is never a part: no mapping is divided or joined, which would cost more. */
    char *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return -errno;
    s->page = pages + PAGE;
    if (mprotect(s->page, PAGE, PROT_READ | PROT_WRITE))
        return -errno;
    *(volatile char *)s->page = 1;
    s->target = fork();
    if (s->target == 0) {
        signal(SIGUSR1, SIG_IGN);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    if (s->target < 0)
        return -errno;
    usleep(50000); /* until it waits */
    return 0;
}

static void clear_stage(struct stage *s)
{
    if (s->target > 0) {
        kill(s->target, SIGKILL);
        child_reap(s->target);
    }
    if (s->page)
        munmap((char *)s->page - PAGE, 3 * PAGE);
    if (s->fd >= 0)
        close(s->fd);
}

static int time_loop(int (*once)(struct stage *), struct stage *s, int count, uint64_t *nanoseconds)
{
    uint64_t begin = now();
    for (int i = 0; i < count; i++) {
        int error = once(s);
        if (error)
            return error > 0 ? -EIO : error;
    }
    *nanoseconds = now() - begin;
    return 0;
}

int acts_cost(const char *name, const char *path, int count, int repetitions, uint64_t *nanoseconds)
{
    const struct loop *loop = NULL;
    for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++)
        if (!strcmp(loops[i].name, name))
            loop = &loops[i];
    if (!loop)
        return -EINVAL;
    struct stage s = {.fd = -1};
    int error = set_stage(&s, path);
    for (int i = -1; i < repetitions && !error; i++) {
        uint64_t whole = 0, frame = 0;
        if (loop->frame)
            error = time_loop(loop->frame, &s, count, &frame);
        if (!error)
            error = time_loop(loop->once, &s, count, &whole);
        if (i >= 0)
            nanoseconds[i] = whole - frame;
    }
    clear_stage(&s);
    return error;
}
