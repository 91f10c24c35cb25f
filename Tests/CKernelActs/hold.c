/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts that are held by a page fault, which userfaultfd lets a process keep waiting for as long as it likes. */
#include "child.h"
#include "hold_acts.h"

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

enum { PAGE = 4096 };

/* What a child tells: that it is held, or what came of it. */
struct word {
    int is_result;
    int value;
};

struct holder {
    enum acts_holding way;
    const char *path;
    int32_t pid;
    int channel, faults;
    char *page, *content;
};

static char there[8]; /* in the test and its forks at the same address */

static void tell(int channel, int is_result, int value)
{
    struct word word = {is_result, value};
    ssize_t ignored = write(channel, &word, sizeof(word));
    (void)ignored;
}

static int hear(int channel, struct word *word)
{
    ssize_t count;
    while ((count = read(channel, word, sizeof(*word))) < 0 && errno == EINTR)
        ;
    return count == (ssize_t)sizeof(*word);
}

static void *resolve_fault(void *argument)
{
    struct holder *h = argument;
    struct uffd_msg fault;
    struct word go;
    if (read(h->faults, &fault, sizeof(fault)) == (ssize_t)sizeof(fault)) {
        tell(h->channel, 0, 0);
        hear(h->channel, &go); /* nothing to hear: whoever holds it has gone */
    }
    struct uffdio_copy copy = {.dst = (uintptr_t)h->page, .src = (uintptr_t)h->content, .len = PAGE};
    ioctl(h->faults, UFFDIO_COPY, &copy);
    return NULL;
}

static int prepare_page(struct holder *h)
{
    struct uffdio_api api = {.api = UFFD_API};
    h->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    if (h->faults < 0 || ioctl(h->faults, UFFDIO_API, &api))
        return -errno;
    h->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    h->content = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (h->page == MAP_FAILED || h->content == MAP_FAILED)
        return -errno;
    struct uffdio_register range = {.range = {.start = (uintptr_t)h->page, .len = PAGE},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    return RESULT(ioctl(h->faults, UFFDIO_REGISTER, &range));
}

static int attempt(struct holder *h)
{
    char *argv[] = {(char *)h->path, NULL, NULL}, *envp[] = {NULL};
    char buffer[sizeof(there)];
    struct iovec local = {buffer, sizeof(buffer)};
    switch (h->way) {
    case ACTS_HOLD_OPEN:
        return child_opened(openat(AT_FDCWD, h->page, O_RDONLY | O_CLOEXEC));
    case ACTS_HOLD_EXEC:
        return RESULT(execve(h->page, argv, envp));
    case ACTS_HOLD_EXEC_ARGUMENT:
        argv[1] = h->page;
        return RESULT(execve(h->path, argv, envp));
    case ACTS_HOLD_ATTRIBUTE:
        return RESULT(setxattr(h->path, "trusted.held", h->page, 8, 0));
    case ACTS_HOLD_READ_MEMORY:
        return RESULT(process_vm_readv(h->pid, &local, 1, (struct iovec *)(void *)h->page, 1, 0));
    }
    return -EINVAL;
}

static int held_attempt(struct holder *h)
{
    pthread_t thread;
    int error = prepare_page(h);
    if (error)
        return error;
    if (h->way == ACTS_HOLD_READ_MEMORY)
        *(struct iovec *)(void *)h->content = (struct iovec){there, sizeof(there)};
    else
        strncpy(h->content, h->path, PAGE - 1);
    error = pthread_create(&thread, NULL, resolve_fault, h);
    return error ? -error : attempt(h);
}

static int plain_exec(struct holder *h)
{
    char *argv[] = {(char *)h->path, NULL}, *envp[] = {NULL};
    return RESULT(execve(h->path, argv, envp));
}

static int begin(int (*body)(struct holder *), struct holder *h, struct acts_held *out)
{
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
        return -errno;
    pid_t pid = fork();
    if (pid < 0) {
        int error = -errno;
        close(channel[0]);
        close(channel[1]);
        return error;
    }
    if (pid == 0) {
        close(channel[0]);
        h->channel = channel[1];
        tell(channel[1], 1, body(h));
        _exit(111);
    }
    close(channel[1]);
    *out = (struct acts_held){pid, channel[0]};
    return 0;
}

int acts_hold(enum acts_holding way, const char *path, int32_t pid, struct acts_held *out)
{
    struct holder h = {.way = way, .path = path, .pid = pid};
    struct word word = {0};
    int error = begin(held_attempt, &h, out);
    if (error)
        return error;
    if (hear(out->channel, &word) && !word.is_result)
        return 0;
    close(out->channel);
    child_reap(out->pid);
    return word.is_result && word.value ? word.value : -EPROTO; /* it wasn't held */
}

int acts_begin_exec(const char *path, struct acts_held *out)
{
    struct holder h = {.path = path};
    return begin(plain_exec, &h, out);
}

int acts_release(struct acts_held *held)
{
    struct word word = {0};
    tell(held->channel, 0, 0);
    int has_result = hear(held->channel, &word) && word.is_result;
    close(held->channel);
    int status = child_reap(held->pid);
    return has_result ? word.value : status;
}
