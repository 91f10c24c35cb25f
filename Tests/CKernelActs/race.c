/* SPDX-License-Identifier: Apache-2.0 */
/* The same thing in several threads, from changing memory, by another system call table. */
#include "child.h"
#include "race_acts.h"
#include "int80.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct race_request {
    const char *path, *other;
    uint32_t uid;
    int rounds;
};

static int open_error(const char *path)
{
    return -child_opened(open(path, O_RDONLY | O_CLOEXEC));
}

/* ---- Credentials ---- */

static int switching_body(void *argument)
{
    struct race_request *r = argument;
    int errors = open_error(r->path);
    if (syscall(SYS_setresuid, -1, r->uid, -1))
        return -errno;
    errors |= open_error(r->path) << 8;
    if (syscall(SYS_setresuid, -1, 0, -1))
        return -errno;
    return errors | open_error(r->path) << 16;
}

int acts_open_switching(const char *path, uint32_t uid)
{
    struct race_request r = {.path = path, .uid = uid};
    return child_run(switching_body, &r);
}

enum { THREADS = 64 };

struct opener {
    const struct race_request *request;
    pthread_barrier_t *barrier;
    atomic_int *wrong, *refused;
    int number;
};

/* Becomes another user, in this thread only: the system call knows nothing of the others. */
static int become(const struct opener *o)
{
    return (int)syscall(SYS_setresuid, -1, o->request->uid, -1);
}

static void *open_often(void *argument)
{
    struct opener *o = argument;
    int is_other = o->number % 2; /* user */
    int is_ready = !is_other || !become(o);
    if (!is_ready)
        dprintf(2, "thread %d isn't the other user: %s\n", o->number, strerror(errno));
    pthread_barrier_wait(o->barrier);
    for (int i = 0; i < o->request->rounds; i++) {
        int error = is_ready ? open_error(o->request->path) : EINVAL;
        if (error == (is_other ? EPERM : 0))
            continue;
        atomic_fetch_add(o->wrong, 1);
        dprintf(2, "thread %d%s: %s\n", o->number, is_other ? ", another user" : "", strerror(error));
    }
    return NULL;
}

static void *open_own(void *argument)
{
    struct opener *o = argument;
    char path[4096];
    int is_denied = o->number % 2;
    snprintf(path, sizeof(path), "%s/%d/%s", o->request->path, o->number, is_denied ? "denied" : "allowed");
    int is_ready = !(o->number & 2) || !become(o);
    pthread_barrier_wait(o->barrier);
    for (int i = 0; i < o->request->rounds; i++) {
        int error = is_ready ? open_error(path) : EINVAL;
        if (error == EPERM && !is_denied)
            atomic_fetch_add(o->refused, 1);
        else if (error != (is_denied ? EPERM : 0))
            atomic_fetch_add(o->wrong, 1);
    }
    return NULL;
}

static int by_threads(void *(*body)(void *), const struct race_request *r)
{
    pthread_t threads[THREADS];
    struct opener openers[THREADS];
    pthread_barrier_t barrier;
    pthread_attr_t attributes;
    atomic_int wrong = 0, refused = 0;
    pthread_barrier_init(&barrier, NULL, THREADS);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (int i = 0; i < THREADS; i++) {
        openers[i] = (struct opener){r, &barrier, &wrong, &refused, i};
        int error = pthread_create(&threads[i], &attributes, body, &openers[i]);
        if (error)
            _exit(112); /* the others wait for it for ever */
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return wrong ? -wrong : refused;
}

static int threads_body(void *argument)
{
    return by_threads(open_often, argument);
}

int acts_open_by_threads(const char *path, uint32_t uid, int rounds)
{
    struct race_request r = {.path = path, .uid = uid, .rounds = rounds};
    return child_run(threads_body, &r);
}

static int own_threads_body(void *argument)
{
    return by_threads(open_own, argument);
}

int acts_open_each_by_threads(const char *tree, uint32_t uid, int rounds)
{
    struct race_request r = {.path = tree, .uid = uid, .rounds = rounds};
    return child_run(own_threads_body, &r);
}

/* ---- A path that changes while the kernel reads it ---- */

struct changing {
    char path[4096];
    size_t offset; /* of the byte that changes */
    char byte[2];
    atomic_int stop;
};

static void *change(void *argument)
{
    struct changing *c = argument;
    volatile char *byte = &c->path[c->offset];
    for (unsigned i = 0; !atomic_load_explicit(&c->stop, memory_order_relaxed); i++) {
        *byte = c->byte[i & 1];
        if (i % 63 == 0)
            sched_yield(); /* one processor must do; at either value, so an odd number */
    }
    return NULL;
}

static int start_changing(struct changing *c, const struct race_request *r, pthread_t *thread)
{
    size_t length = strlen(r->path);
    if (length >= sizeof(c->path) || strlen(r->other) != length)
        return -EINVAL;
    memset(c, 0, sizeof(*c));
    strcpy(c->path, r->path);
    while (r->path[c->offset] == r->other[c->offset])
        if (++c->offset == length)
            return -EINVAL;
    c->byte[0] = r->path[c->offset];
    c->byte[1] = r->other[c->offset];
    return -pthread_create(thread, NULL, change, c);
}

/* 1 when it was the denied file that was opened. */
static int is_denied(int fd, const char *denied)
{
    char name[64], target[4096];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t count = readlink(name, target, sizeof(target) - 1);
    target[count > 0 ? count : 0] = 0;
    return !strcmp(target, denied);
}

struct tally {
    int wrong, opened, refused;
};

static int sum(const struct tally *t)
{
    return t->wrong ? t->wrong : t->opened && t->refused ? 0 : -EAGAIN;
}

static int changing_open_body(void *argument)
{
    struct race_request *r = argument;
    static struct changing c;
    struct tally tally = {0};
    pthread_t thread;
    int error = start_changing(&c, r, &thread);
    if (error)
        return error;
    for (int i = 0; i < r->rounds; i++) {
        int fd = open(c.path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            tally.opened++;
            tally.wrong += is_denied(fd, r->other);
            close(fd);
        } else {
            tally.refused += errno == EPERM;
        }
        if (i % 4 == 0)
            sched_yield();
    }
    atomic_store(&c.stop, 1);
    pthread_join(thread, NULL);
    return sum(&tally);
}

int acts_open_changing_path(const char *allowed, const char *denied, int rounds)
{
    struct race_request r = {.path = allowed, .other = denied, .rounds = rounds};
    return child_run(changing_open_body, &r);
}

static int changing_exec_body(void *argument)
{
    struct race_request *r = argument;
    static struct changing c;
    struct tally tally = {0};
    pthread_t thread;
    int error = start_changing(&c, r, &thread);
    if (error)
        return error;
    for (int i = 0; i < r->rounds; i++) {
        char *argv[] = {"program", NULL}, *envp[] = {NULL};
        pid_t pid = vfork(); /* in the same memory: the other thread goes on changing the path */
        if (pid == 0) {
            execve(c.path, argv, envp);
            _exit(errno == EPERM ? 111 : 112);
        }
        int status = pid < 0 ? -1 : child_reap(pid);
        tally.opened += status == 0;
        tally.refused += WIFEXITED(status) && WEXITSTATUS(status) == 111;
        tally.wrong += status && !(WIFEXITED(status) && WEXITSTATUS(status) == 111);
        sched_yield();
    }
    atomic_store(&c.stop, 1);
    pthread_join(thread, NULL);
    return sum(&tally);
}

int acts_exec_changing_path(const char *allowed, const char *denied, int rounds)
{
    struct race_request r = {.path = allowed, .other = denied, .rounds = rounds};
    return child_run(changing_exec_body, &r);
}

/* ---- System calls of 32-bit programs ---- */

static int exec_32_bit_body(void *argument)
{
    struct race_request *r = argument;
    char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED)
        return -errno;
    uint32_t *argv = (uint32_t *)(void *)(low + 4096);
    argv[0] = (uint32_t)(uintptr_t)strcpy(low, r->path);
    return (int)int80(11, (long)(uintptr_t)low, (long)(uintptr_t)argv, 0, 0, 0);
}

int acts_exec_32_bit(const char *path)
{
    struct race_request r = {.path = path};
    return child_exec(exec_32_bit_body, &r);
}

struct number_request {
    long number, a, b;
};

static int number_body(void *argument)
{
    struct number_request *r = argument;
    return (int)int80(r->number, r->a, r->b, 0, 0, 0);
}

int acts_kill_32_bit(int32_t pid, int signal)
{
    struct number_request r = {37, pid, signal};
    return child_run(number_body, &r);
}

int acts_seize_32_bit(int32_t pid)
{
    struct number_request r = {26, PTRACE_SEIZE, pid};
    return child_run(number_body, &r);
}
