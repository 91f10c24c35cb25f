/* SPDX-License-Identifier: Apache-2.0 */
/* Acts that are held for an answer. */
#include "child.h"
#include "gate_acts.h"

#include <dirent.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/ptrace.h>

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void count(struct acts_waits *out, int error, int64_t wait)
{
    if (!error)
        out->passed++;
    else if (error == EPERM)
        out->refused++;
    else
        out->failed++;
    if (error)
        out->last_error = error;
    if (out->shortest < 0 || wait < out->shortest)
        out->shortest = wait;
    if (wait > out->longest)
        out->longest = wait;
}

/* ---- Opens ---- */

struct opening {
    const char *path;
    int flags, ready, go;
};

struct opener {
    struct opening *opening;
    int error;
    int64_t wait;
};

static void *open_when_told(void *argument)
{
    struct opener *o = argument;
    struct opening *all = o->opening;
    __atomic_add_fetch(&all->ready, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&all->go, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &all->go, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    int64_t start = now();
    int fd = open(all->path, all->flags | O_CLOEXEC, 0644);
    o->error = fd < 0 ? errno : 0;
    o->wait = now() - start;
    if (fd >= 0)
        close(fd);
    return NULL;
}

int acts_open_at_once(const char *path, int flags, int threads, struct acts_waits *out)
{
    struct opening all = {.path = path, .flags = flags};
    struct opener *opener = calloc((size_t)threads, sizeof(*opener));
    pthread_t *thread = calloc((size_t)threads, sizeof(*thread));
    pthread_attr_t attributes;
    int started = 0, error = 0;
    /* An open has its number before it is held. */
    struct rlimit limit = {(rlim_t)threads + 64, (rlim_t)threads + 64};
    if (threads > 512 && setrlimit(RLIMIT_NOFILE, &limit))
        return -errno;
    *out = (struct acts_waits){.shortest = -1};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 32768);
    for (; started < threads && !error; started += !error) {
        opener[started].opening = &all;
        error = pthread_create(&thread[started], &attributes, open_when_told, &opener[started]);
    }
    while (__atomic_load_n(&all.ready, __ATOMIC_SEQ_CST) < started)
        usleep(1000);
    __atomic_store_n(&all.go, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &all.go, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    for (int i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
        count(out, opener[i].error, opener[i].wait);
    }
    free(thread);
    free(opener);
    return -error;
}

int acts_open2(const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
    return child_opened((int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)));
}

int acts_open_until(const char *path, const char *stop)
{
    pid_t pid = fork();
    if (pid)
        return pid < 0 ? -errno : pid;
    int tried = 0, wrong = 0;
    for (; access(stop, F_OK); tried++)
        wrong += child_opened(open(path, O_RDONLY | O_CLOEXEC)) != -EPERM;
    _exit(wrong ? 1 : tried < 100 ? 2 : 0);
}

/* ---- Executions ---- */

struct starter {
    pid_t pid;
    int channel; /* closed by the execution, or an error comes out of it */
    int64_t start;
};

static int start_one(const char *path, int go, struct starter *s)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    s->channel = ends[0];
    s->pid = fork();
    if (s->pid)
        return close(ends[1]), s->pid < 0 ? -errno : 0;
    char word, *argv[] = {(char *)path, NULL}, *envp[] = {NULL};
    ssize_t ignored = read(go, &word, 1); /* ends for all at once */
    int64_t start = now();
    ignored = write(ends[1], &start, sizeof(start));
    execve(path, argv, envp);
    int64_t error = -errno;
    ignored = write(ends[1], &error, sizeof(error));
    (void)ignored;
    _exit(1);
}

/* Hears what it has to tell: 1 when that was all. */
static int hear_from(struct starter *s, struct acts_waits *out)
{
    int64_t word;
    ssize_t size = read(s->channel, &word, sizeof(word));
    if (size == (ssize_t)sizeof(word) && word >= 0) {
        s->start = word;
        return 0;
    }
    count(out, size ? (int)-word : 0, now() - s->start);
    return 1;
}

int acts_exec_at_once(const char *path, int processes, struct acts_waits *out)
{
    struct starter *starters = calloc((size_t)processes, sizeof(*starters));
    struct pollfd *polled = calloc((size_t)processes, sizeof(*polled));
    int go[2], started = 0, error = 0, left;
    *out = (struct acts_waits){.shortest = -1};
    if (pipe2(go, O_CLOEXEC))
        return -errno;
    /* The children have the other end, too, until they execute: they read until it is written to. */
    while (started < processes && !(error = start_one(path, go[0], &starters[started])))
        started++;
    for (int i = 0; i < started; i++) {
        ssize_t ignored = write(go[1], "", 1);
        (void)ignored;
        polled[i] = (struct pollfd){.fd = starters[i].channel, .events = POLLIN};
    }
    for (left = started; left > 0;) {
        if (poll(polled, (nfds_t)started, -1) < 0 && errno != EINTR)
            break;
        for (int i = 0; i < started; i++) {
            if (polled[i].fd >= 0 && polled[i].revents && hear_from(&starters[i], out)) {
                close(polled[i].fd);
                polled[i].fd = -1;
                left--;
            }
        }
    }
    for (int i = 0; i < started; i++)
        child_reap(starters[i].pid);
    close(go[0]);
    close(go[1]);
    free(starters);
    free(polled);
    return error;
}

/* ---- What holds the gate up ---- */

int acts_hold_lease(const char *path)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGIO, SIG_IGN);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        int result = fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) ? -errno : 0;
        ssize_t ignored = write(ends[1], &result, sizeof(result));
        (void)ignored;
        while (!result)
            pause();
        _exit(0);
    }
    int result = -EIO;
    close(ends[1]);
    ssize_t ignored = read(ends[0], &result, sizeof(result));
    (void)ignored;
    close(ends[0]);
    return result ? result : pid;
}

static int32_t thread_called(int32_t pid, const char *name)
{
    char path[300], text[32];
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    struct dirent *entry;
    int32_t found = -ESRCH;
    while (tasks && (entry = readdir(tasks))) {
        snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", pid, entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
        if (fd >= 0)
            close(fd);
        if (size > 0 && (size_t)size == strlen(name) + 1 && !strncmp(text, name, (size_t)size - 1))
            found = atoi(entry->d_name);
    }
    if (tasks)
        closedir(tasks);
    return found;
}

/* Whether the thread, which has stopped, has just returned from a read that brought something. */
static int has_read(int32_t thread, int *reads)
{
    struct ptrace_syscall_info info = {0};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof(info), &info) < 0)
        return 0;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        *reads = info.entry.nr == SYS_read;
    /* 24 bytes a question, and no more than one is asked: other reads are of other sizes. */
    return info.op == PTRACE_SYSCALL_INFO_EXIT && *reads && info.exit.rval == 24;
}

int acts_stop_after_read(int32_t pid, const char *name, void (*begin)(void *), void *argument, int32_t *thread)
{
    int status, reads = 0;
    *thread = thread_called(pid, name);
    if (*thread < 0)
        return *thread;
    if (ptrace(PTRACE_SEIZE, *thread, 0, PTRACE_O_TRACESYSGOOD) || ptrace(PTRACE_INTERRUPT, *thread, 0, 0))
        return -errno;
    if (waitpid(*thread, &status, __WALL) < 0)
        return -errno;
    begin(argument);
    for (int64_t limit = now() + 10000; now() < limit;) {
        if (ptrace(PTRACE_SYSCALL, *thread, 0, 0) || waitpid(*thread, &status, __WALL) < 0)
            return -errno;
        if (has_read(*thread, &reads))
            return 0;
    }
    return -ETIMEDOUT;
}

void acts_let_go(int32_t thread)
{
    /* One that was killed has to be waited for by who traces it. */
    if (ptrace(PTRACE_DETACH, thread, 0, 0))
        waitpid(thread, NULL, __WALL);
}
