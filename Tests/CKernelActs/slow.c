/* SPDX-License-Identifier: Apache-2.0 */
/* A file system that doesn't answer: FUSE's protocol, as much of it as executing a file takes. */
#include "child.h"
#include "hold_acts.h"

#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum {
    ROOT = 1,
    PROGRAM = 2,
    CONTENT_READ = 4096 /* what IMA reads at a time; the kernel's look at a program is less */
};

struct slow {
    int device, channel;
    const uint8_t *content;
    uint32_t length;
    uint64_t version;
    uint64_t held; /* the request that waits */
    uint32_t held_size;
    int has_held;
};

static void reply(struct slow *s, uint64_t request, int error, const void *body, size_t length)
{
    struct fuse_out_header header = {
        .len = (uint32_t)(sizeof(header) + (error ? 0 : length)), .error = error, .unique = request};
    struct iovec parts[] = {{&header, sizeof(header)}, {(void *)body, length}};
    ssize_t ignored = writev(s->device, parts, error || !length ? 1 : 2);
    (void)ignored;
}

static struct fuse_attr attributes(const struct slow *s, uint64_t node)
{
    return (struct fuse_attr){
        .ino = node,
        .size = node == PROGRAM ? s->length : 0,
        .mode = node == PROGRAM ? S_IFREG | 0755 : S_IFDIR | 0755,
        .nlink = 1,
        .mtime = s->version,
        .ctime = s->version,
        .blksize = 4096,
    };
}

static void answer_read(struct slow *s, uint64_t request, uint64_t offset, uint32_t size)
{
    uint32_t start = offset < s->length ? (uint32_t)offset : s->length;
    uint32_t rest = s->length - start;
    reply(s, request, 0, s->content + start, size < rest ? size : rest);
}

static void serve(struct slow *s, const struct fuse_in_header *in, const void *body)
{
    switch (in->opcode) {
    case FUSE_INIT: {
        struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                                    .minor = 31,
                                    .max_background = 16,
                                    .congestion_threshold = 12,
                                    .max_write = 4096,
                                    .time_gran = 1};
        return reply(s, in->unique, 0, &out, sizeof(out));
    }
    case FUSE_LOOKUP: {
        struct fuse_entry_out out = {
            .nodeid = PROGRAM, .entry_valid = 1000, .attr_valid = 1000, .attr = attributes(s, PROGRAM)};
        return reply(s, in->unique, strcmp(body, "program") ? -ENOENT : 0, &out, sizeof(out));
    }
    case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr_valid = 1000, .attr = attributes(s, in->nodeid)};
        return reply(s, in->unique, 0, &out, sizeof(out));
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
        /* Past the page cache: each reader's request is told from the others'. */
        struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};
        return reply(s, in->unique, 0, &out, sizeof(out));
    }
    case FUSE_READ: {
        const struct fuse_read_in *read = body;
        if (s->has_held || read->offset || read->size < CONTENT_READ)
            return answer_read(s, in->unique, read->offset, read->size);
        s->has_held = 1;
        s->held = in->unique;
        s->held_size = read->size;
        ssize_t ignored = write(s->channel, "h", 1);
        (void)ignored;
        return;
    }
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
        return reply(s, in->unique, 0, NULL, 0);
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        return; /* these have no answer */
    default:
        return reply(s, in->unique, -ENOSYS, NULL, 0);
    }
}

static void serve_all(struct slow *s)
{
    static _Alignas(8) char request[1 << 17];
    for (;;) {
        struct pollfd sources[] = {{s->device, POLLIN, 0}, {s->channel, POLLIN, 0}};
        if (poll(sources, 2, -1) < 0 && errno != EINTR)
            return;
        if (sources[1].revents) {
            char go;
            if (read(s->channel, &go, 1) != 1)
                return;
            answer_read(s, s->held, 0, s->held_size);
        }
        if (sources[0].revents) {
            if (read(s->device, request, sizeof(request)) < (ssize_t)sizeof(struct fuse_in_header))
                return;
            serve(s, (void *)request, request + sizeof(struct fuse_in_header));
        }
    }
}

int acts_mount_slow(const char *place, const uint8_t *content, int32_t length, int32_t version, struct acts_held *out)
{
    struct slow s = {.content = content, .length = (uint32_t)length, .version = (uint64_t)version};
    int channel[2];
    char options[128];
    s.device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (s.device < 0)
        return -errno;
    snprintf(options, sizeof(options), "fd=%d,rootmode=40755,user_id=0,group_id=0", s.device);
    if (mount("slow", place, "fuse", 0, options) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)) {
        int error = -errno;
        close(s.device);
        return error;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(channel[0]);
        s.channel = channel[1];
        serve_all(&s);
        _exit(0);
    }
    close(s.device);
    close(channel[1]);
    *out = (struct acts_held){pid, channel[0]};
    return pid < 0 ? -EAGAIN : 0;
}

int acts_await_slow_read(struct acts_held *server, int milliseconds)
{
    struct pollfd source = {server->channel, POLLIN, 0};
    char word;
    if (poll(&source, 1, milliseconds) != 1)
        return -ETIMEDOUT;
    return read(server->channel, &word, 1) == 1 ? 0 : -EPIPE;
}

void acts_answer_slow_read(struct acts_held *server)
{
    ssize_t ignored = write(server->channel, "g", 1);
    (void)ignored;
}

void acts_unmount_slow(const char *place, struct acts_held *server)
{
    umount2(place, MNT_DETACH);
    kill(server->pid, SIGKILL);
    close(server->channel);
    child_reap(server->pid);
}
